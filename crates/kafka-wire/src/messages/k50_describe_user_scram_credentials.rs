//! DescribeUserScramCredentials (key 50), version 0: users with SCRAM passwords.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Lists users and the parameters of their SCRAM credentials, never the credentials.
    DescribeUserScramCredentials { key 50, versions 0..=0, flexible 0 }

    request DescribeUserScramCredentialsRequest<'a> {
        /// Null or empty for all.
        users: Option<Vec<DescribeUserScramCredentialsRequestUser<'a>>> => 0..;
    }

    response DescribeUserScramCredentialsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        results: Vec<DescribeUserScramCredentialsResponseResult<'a>> => 0..;
    }

    struct DescribeUserScramCredentialsRequestUser<'a> {
        name: &'a str => 0..;
    }

    struct DescribeUserScramCredentialsResponseResult<'a> {
        user: Cow<'a, str> => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        credential_infos: Vec<DescribeUserScramCredentialsResponseCredentialInfo> => 0..;
    }

    struct DescribeUserScramCredentialsResponseCredentialInfo {
        /// 1 SHA-256, 2 SHA-512.
        mechanism: i8 => 0..;
        iterations: i32 => 0..;
    }
}
