//! The one message of PLAIN (RFC 4616).

/// Who somebody says to be, and the password for it.
pub(super) struct Claim<'a> {
    pub(super) name: &'a str,
    pub(super) password: &'a str,
}

/// `[authzid] NUL authcid NUL password`. Nobody may act for somebody else: the first is empty, or the second again.
pub(super) fn claim(token: &[u8]) -> Option<Claim<'_>> {
    let mut parts = std::str::from_utf8(token).ok()?.split('\0');
    let (acts_for, name, password) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && !name.is_empty() && !password.is_empty();
    (whole && (acts_for.is_empty() || acts_for == name)).then_some(Claim { name, password })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_has_three_parts_and_speaks_for_itself() {
        for token in [b"\0user\0password".as_slice(), b"user\0user\0password"] {
            let claim = claim(token).unwrap();
            assert_eq!((claim.name, claim.password), ("user", "password"));
        }
        for token in [
            b"".as_slice(),
            b"user",
            b"user\0password",
            b"\0\0password",
            b"\0user\0",
            b"\0user\0password\0",
            b"other\0user\0password",
            b"\0us\xffer\0password",
        ] {
            assert!(claim(token).is_none(), "{token:?}");
        }
    }
}
