//! Looks for the deviation, or the pair of them, under which a signature is right.

use super::Mistake;

/// One way to go wrong, as a change to what the server would do.
pub(crate) type Deviation<G> = (Mistake, fn(&mut G));

/// None if the signature is right already; else the first single deviation that makes it so, then the first
/// pair, then [`Mistake::Unknown`]. Singles come first, so that what has no effect on a request is not named.
pub(crate) fn search<G: Copy>(
    right: G,
    deviations: &[Deviation<G>],
    holds: impl Fn(&G) -> bool,
) -> Vec<Mistake> {
    let holds_with = |chosen: &[Deviation<G>]| {
        let mut guess = right;
        chosen.iter().for_each(|(_, deviate)| deviate(&mut guess));
        holds(&guess)
    };
    if holds_with(&[]) {
        return Vec::new();
    }
    for one in deviations {
        if holds_with(&[*one]) {
            return vec![one.0];
        }
    }
    for (at, one) in deviations.iter().enumerate() {
        for other in &deviations[at + 1..] {
            if holds_with(&[*one, *other]) {
                return vec![one.0, other.0];
            }
        }
    }
    vec![Mistake::Unknown]
}

/// What shows without the secret, and then what was found with it. An unknown mistake is not worth a word
/// beside a known one.
pub(crate) fn joined(mut apparent: Vec<Mistake>, found: Vec<Mistake>) -> Vec<Mistake> {
    for mistake in found {
        let is_new = !apparent.contains(&mistake);
        if is_new && (apparent.is_empty() || mistake != Mistake::Unknown) {
            apparent.push(mistake);
        }
    }
    apparent
}
