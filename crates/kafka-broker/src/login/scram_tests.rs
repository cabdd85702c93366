use super::*;

/// The exchange that RFC 7677 prints.
struct Printed;

impl Printed {
    const FIRST: &str = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    const DRAWN: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const SALT: &str = "W22ZaJ0SNY7soEsUEjb6gQ==";
    const CHALLENGE: &str =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const PROOF: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                         p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    const LAST: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn challenge(first: &str) -> (Challenge, String) {
        let salt = BASE64.decode(Self::SALT).unwrap();
        let verifier = Arc::new(Verifier::salted(Hash::Sha256, "pencil", salt, 4096));
        let first = ClientFirst::parse(first.as_bytes()).unwrap();
        Challenge::new(Hash::Sha256, verifier, &first, Self::DRAWN)
    }
}

#[test]
fn the_printed_exchange_is_ours_too() {
    let (challenge, message) = Printed::challenge(Printed::FIRST);
    assert_eq!(message, Printed::CHALLENGE);
    assert_eq!(challenge.answer(Printed::PROOF.as_bytes()).as_deref(), Some(Printed::LAST));
}

#[test]
fn a_proof_that_differs_anywhere_proves_nothing() {
    let (challenge, _) = Printed::challenge(Printed::FIRST);
    for position in 0..Printed::PROOF.len() {
        let mut bytes = Printed::PROOF.as_bytes().to_vec();
        // The last letter before the padding has bits that mean nothing; a strict reader refuses those too.
        bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
        assert_eq!(challenge.answer(&bytes), None, "position {position}");
    }
    for token in ["", "c=biws", "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=", "e=other-error", "c=biws,p=AAAA"] {
        assert_eq!(challenge.answer(token.as_bytes()), None, "{token}");
    }
    assert_eq!(challenge.answer(b"\xff"), None);
}

#[test]
fn the_nonce_comes_back_whole_and_once_or_as_librdkafka_sends_it() {
    let (challenge, message) = Printed::challenge(Printed::FIRST);
    let nonce = message.strip_prefix("r=").unwrap().split(',').next().unwrap();
    let own = "rOprNGfwEbeRWgbNEkqO";
    let proved = |nonce: &str| {
        let unproved = format!("c=biws,r={nonce}");
        let said = format!("n=user,r={own},{message},{unproved}");
        let salt = BASE64.decode(Printed::SALT).unwrap();
        let salted = Hash::Sha256.stretched("pencil", &salt, 4096);
        let key = Hash::Sha256.keyed(salted.expose(), &[b"Client Key"]);
        let signature = Hash::Sha256.keyed(&Hash::Sha256.digest(&key), &[said.as_bytes()]);
        let proof: Vec<_> = key.iter().zip(signature).map(|(key, mask)| key ^ mask).collect();
        challenge.answer(format!("{unproved},p={}", BASE64.encode(proof)).as_bytes()).is_some()
    };
    assert!(proved(nonce) && proved(&format!("{own}{nonce}")));
    for other in [own, "", &format!("x{nonce}"), &format!("{own}{own}{nonce}"), &nonce[own.len()..]] {
        assert!(!proved(other), "{other}");
    }
}

#[test]
fn first_messages_are_read_strictly() {
    for (token, name) in [
        ("n,,n=user,r=abc", "user"),
        ("n,a=user,n=user,r=abc", "user"),
        ("n,,n=a=2Cb=3Dc,r=abc", "a,b=c"),
        ("n,a=a=2Cb,n=a=2Cb,r=abc", "a,b"),
        ("n,,n=user,r=abc,tokenauth=true", "user"),
    ] {
        assert_eq!(ClientFirst::parse(token.as_bytes()).unwrap().name, name, "{token}");
    }
    for token in [
        "",
        "n",
        "n,,",
        "n,,n=,r=abc",
        "n,,n=user",
        "n,,n=user,r=",
        "n,,n=user,r=a b",
        "n,,n=us=2Xer,r=abc",
        "n,,n=user=,r=abc",
        "n,,n=user=2ü,r=abc",
        "n,a=other,n=user,r=abc",
        "n,other,n=user,r=abc",
        "n,,m=more,n=user,r=abc",
        "n,,n=user,r=abc,m=more",
        "y,,n=user,r=abc",
        "p=tls-unique,,n=user,r=abc",
        "n=user,r=abc",
    ] {
        assert!(ClientFirst::parse(token.as_bytes()).is_none(), "{token}");
    }
    let long = |nonce: usize| format!("n,,n=user,r={}", "a".repeat(nonce));
    assert!(ClientFirst::parse(long(4_000).as_bytes()).is_some());
    assert!(ClientFirst::parse(long(4_096).as_bytes()).is_none());
}

#[test]
fn what_came_before_the_signed_part_has_to_be_repeated() {
    let (challenge, message) = Printed::challenge("n,a=user,n=user,r=rOprNGfwEbeRWgbNEkqO");
    assert_eq!(message, Printed::CHALLENGE);
    assert_eq!(challenge.answer(Printed::PROOF.as_bytes()), None, "it repeats another beginning");
}
