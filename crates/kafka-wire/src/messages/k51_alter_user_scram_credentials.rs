//! AlterUserScramCredentials (key 51), version 0: SCRAM passwords are set and removed.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Sets and removes SCRAM credentials. The client salts; the password itself never travels.
    AlterUserScramCredentials { key 51, versions 0..=0, flexible 0 }

    request AlterUserScramCredentialsRequest<'a> {
        deletions: Vec<AlterUserScramCredentialsRequestDeletion<'a>> => 0..;
        upsertions: Vec<AlterUserScramCredentialsRequestUpsertion<'a>> => 0..;
    }

    response AlterUserScramCredentialsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        results: Vec<AlterUserScramCredentialsResponseResult<'a>> => 0..;
    }

    struct AlterUserScramCredentialsRequestDeletion<'a> {
        name: &'a str => 0..;
        /// 1 SHA-256, 2 SHA-512.
        mechanism: i8 => 0..;
    }

    struct AlterUserScramCredentialsRequestUpsertion<'a> {
        name: &'a str => 0..;
        /// 1 SHA-256, 2 SHA-512.
        mechanism: i8 => 0..;
        iterations: i32 => 0..;
        salt: &'a [u8] => 0..;
        salted_password: &'a [u8] => 0..;
    }

    struct AlterUserScramCredentialsResponseResult<'a> {
        user: Cow<'a, str> => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
    }
}
