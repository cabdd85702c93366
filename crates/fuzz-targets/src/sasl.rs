//! The tokens of a login: the first byte chooses the mechanism, a line feed parts the first token from the second.
//! And what is kept of a password, as text.

use kafka_broker::Verifier;

use crate::Target;
use crate::memory::Budget;

pub(crate) const TARGET: Target = Target { name: "sasl", feed, seeds, mutations: 5_000 };

/// A login that is half-way keeps its first message, in parts of it that are said again.
const BUDGET: Budget = Budget { per_byte: 16, free: 16 * 1024 };

fn feed(bytes: &[u8]) {
    let Some((mechanism, tokens)) = bytes.split_first() else { return };
    let (first, last) = match tokens.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&tokens[..at], &tokens[at + 1..]),
        None => (tokens, &b""[..]),
    };
    let is_in = BUDGET.hold(tokens.len(), || kafka_broker::fuzz::login(*mechanism, first, last));
    assert!(!is_in, "nobody knows a password here");
    if let Ok(Ok(verifier)) = std::str::from_utf8(tokens).map(str::parse::<Verifier>) {
        assert!(verifier.to_text().expose().parse() == Ok(verifier), "what is read is written as it was");
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let scram = b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL\nc=biws,r=fyko+d2lbbFgONRv9qkxdawLdrawn,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    let escaped = b"n,a=a=2Cb=3D,n=a=2Cb=3D,r=x,ext=1\nc=biws,r=xdrawn,ext=1,p=";
    let (plain, acts) = (b"\0user\0password", b"user\0user\0password");
    let seed = |mechanism, token: &[u8]| [&[mechanism], token].concat();
    let kept = b"salt=AAECAwQFBgcICQoLDA0ODw==,stored_key=AAAA,server_key=AAAA,iterations=4096";
    vec![seed(3, kept), seed(0, plain), seed(0, acts), seed(1, scram), seed(1, escaped), seed(2, scram)]
}
