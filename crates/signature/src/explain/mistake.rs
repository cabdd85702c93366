//! The usual mistakes, each with the sentence that helps.

use std::fmt;

macro_rules! mistakes {
    ($($(#[$meta:meta])* $name:ident: $sentence:literal,)+) => {
        /// What a client did wrong. Its text says what to do instead, and holds no value of any request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Mistake { $($(#[$meta])* $name,)+ }

        impl Mistake {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }

        impl fmt::Display for Mistake {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $sentence,)+ })
            }
        }
    };
}

mistakes! {
    /// `+` for `%20`.
    PlusForSpace: "A space was signed as `+`; sign it as `%20`.",
    /// As `java.net.URLEncoder` writes, uncorrected.
    FormCoding: "Text was encoded as in a form; sign a space as `%20`, `*` as `%2A`, and `~` as it is.",
    /// As `encodeURIComponent` of JavaScript writes, uncorrected.
    MarksNotEncoded: "Some of `! ' ( ) *` were signed as they are; sign them percent-encoded.",
    /// As `urllib.parse.quote` of Python writes when nothing else is said.
    SlashNotEncoded: "`/` was signed as it is; sign it as `%2F`.",
    /// A path whose separators were encoded.
    SlashEncoded: "The slashes of the path were encoded; keep them.",
    /// No encoding at all.
    NotEncoded: "Text was signed without percent-encoding it.",
    /// `%2a` for `%2A`.
    LowerCaseDigits: "Percent-encoding was written in lower case; write `%2A`, not `%2a`.",
    /// Encoded once too often before signing.
    EncodedTwice: "Text was percent-encoded twice before it was signed; encode it once.",
    /// Encoded once too often before sending.
    SentEncodedTwice: "What was sent is percent-encoded once more than what was signed.",
    /// The second encoding of version 1 is missing.
    StringNotEncoded: "The canonical query was put into the string to sign as it is; percent-encode it once more.",
    /// Sorted without regard to case.
    SortedIgnoringCase: "Names were sorted ignoring their case; sort them by their bytes.",
    /// Parameters without a value were skipped.
    EmptyValuesLeftOut: "Parameters with an empty value were left out; sign them as `name=`.",
    /// Only the query was signed where the form counts too.
    BodyParametersLeftOut: "The parameters in the body were left out; sign those of query and body together.",
    /// The form was signed where only the query counts.
    BodyParametersSigned: "The parameters in the body were signed as part of the query; only their digest is.",
    /// GET for POST or the reverse.
    OtherMethod: "Another HTTP method was signed than the one that was sent.",
    /// `post` for `POST`.
    LowerCaseMethod: "The HTTP method was signed in lower case; sign it in upper case.",
    /// `Host` for `host`.
    HeaderNameCase: "Header names were signed in another case; sign them in lower case.",
    /// Lower-cased values.
    HeaderValueCase: "Header values were signed in lower case; sign them as they are sent.",
    /// Hexadecimal digits in upper case.
    SignatureCase: "The signature is in upper case; write its digits in lower case.",
    /// The port is sent and not signed.
    HostWithoutPort: "The host was signed without its port; sign the Host header as it is sent.",
    /// `host` is not in the list.
    HostNotListed: "The list of signed headers lacks `host`.",
    /// Raw header values where encoded ones are signed.
    HeaderValuesNotEncoded: "Header values were signed as they are; percent-encode them.",
    /// `name:value` for `name: value`.
    NoSpaceAfterColon: "Headers were signed without the space after the colon; sign `name: value`.",
    /// Sorted where the client's own order counts.
    HeadersSorted: "Headers were sorted before signing; sign them in the order of the list.",
    /// A line feed too much.
    LineFeedAtEnd: "The string to sign ended in a line feed; end it without one.",
    /// The empty line after the headers is missing.
    NoEmptyLine: "The empty line after the canonical headers is missing.",
    /// The digest of nothing, or none.
    BodyNotHashed: "The body was not hashed; the digest that is signed is that of the body as it is sent.",
    /// Something else was hashed.
    BodyChanged: "The digest that was sent is not that of the body that came.",
    /// The digest of the canonical request is missing.
    RequestNotHashed: "The canonical request was signed itself; sign its digest.",
    /// Version 1's key lacks its ampersand.
    SecretWithoutAmpersand: "The key of the HMAC was the secret alone; it is the secret followed by `&`.",
    /// A habit of version 1, elsewhere.
    SecretWithAmpersand: "The key of the HMAC was the secret followed by `&`; here it is the secret alone.",
    /// A secret read from a file with its last line's end.
    SecretWithLineFeed: "The secret was used with a line feed at its end; remove it.",
    /// `TC3` is missing.
    SecretWithoutPrefix: "The first key of the HMAC was the secret alone; it is `TC3` followed by the secret.",
    /// The secret where a derived key belongs.
    KeyNotDerived: "The string was signed with the secret itself; derive the signing key first.",
    /// Octets where text belongs.
    KeyAsOctets: "The signing key was used as octets; use its hexadecimal text.",
    /// Text where octets belong.
    KeyAsText: "Derived keys were used as hexadecimal text; use their octets.",
    /// SHA-256 for SHA-1 or the reverse.
    OtherHash: "Another hash was used than the one that the request names.",
    /// Hexadecimal where base64 belongs.
    SignatureAsHexadecimal: "The signature was written in hexadecimal; write it in base64.",
    /// Base64 where hexadecimal belongs.
    SignatureAsBase64: "The signature was written in base64; write it in hexadecimal.",
    /// The alphabet with `-` and `_`, or without padding.
    SignatureAlphabet: "The signature was written in another base64; use `+`, `/` and the padding.",
    /// A `+` of base64 that became a space on the way.
    SignatureNotEncoded: "The signature came with spaces for its `+`; percent-encode it before sending.",
    /// GMT for ISO time, or another zone.
    TimeNotIso: "The time has another format; write it as 2026-01-31T08:00:00Z, in UTC.",
    /// ISO for GMT time.
    TimeNotGmt: "The time has another format; write it as `Sat, 31 Jan 2026 08:00:00 GMT`.",
    /// A date where seconds belong.
    TimeNotSeconds: "The time has another format; write it as seconds since 1970.",
    /// The day of another zone.
    OtherDay: "The day in the credential is not that of the timestamp in UTC.",
    /// Not the scheme's form at all.
    Malformed: "The authorization does not have the form of its scheme.",
    /// None of the above.
    Unknown: "It is none of the usual mistakes: if your string to sign is the server's, the secret is another \
              one; if not, they differ where the mistake is.",
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_mistake_has_a_sentence_of_its_own() {
        let sentences: HashSet<_> = Mistake::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(sentences.len(), Mistake::ALL.len());
        assert!(sentences.iter().all(|sentence| sentence.ends_with('.') && !sentence.contains('\n')));
    }
}
