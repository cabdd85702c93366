//! SaslHandshake and SaslAuthenticate, and ApiVersions in versions and words that nobody knows.

use bytes::Bytes;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Decodable, StrBytes};

use crate::case::{CLOSED, Cases};
use crate::connection::Connection;
use crate::ensure;
use crate::failure::Failure;
use crate::stage::{Stage, Target};

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn shaken(stage: &Stage<'_>, mechanism: &'static str, version: i16) -> Result<(Connection, i16), Failure> {
    let login = stage.target.login.as_ref().ok_or("no listener with SASL")?;
    let mut connection = Connection::open(&login.address)?;
    let answer =
        connection.call(&SaslHandshakeRequest::default().with_mechanism(text(mechanism)), version)?;
    ensure!(answer.mechanisms.contains(&text("PLAIN")), true, "PLAIN is told of");
    Ok((connection, answer.error_code))
}

fn token(user: &str, password: &str) -> Bytes {
    format!("\0{user}\0{password}").into()
}

pub(crate) fn declare(cases: &mut Cases, target: &Target) {
    versions(cases);
    cases.each(ApiKey::SaslHandshake, 0..=1, "without_sasl", 34, |stage, version| {
        Ok(stage.call(&SaslHandshakeRequest::default().with_mechanism(text("PLAIN")), version)?.error_code)
    });
    cases.each(ApiKey::SaslAuthenticate, 0..=2, "without_sasl", 34, |stage, version| {
        Ok(stage.call(&SaslAuthenticateRequest::default(), version)?.error_code)
    });
    if target.login.is_none() {
        return;
    }
    for (title, mechanism, expected) in [("plain", "PLAIN", 0), ("unknown_mechanism", "ODD", 33)] {
        cases.each(ApiKey::SaslHandshake, 0..=1, title, expected, move |stage, version| {
            Ok(shaken(stage, mechanism, version)?.1)
        });
    }
    for (title, right, expected) in [("logged_in", true, 0), ("wrong_password", false, 58)] {
        cases.each(ApiKey::SaslAuthenticate, 0..=2, title, expected, move |stage, version| {
            let (mut connection, _) = shaken(stage, "PLAIN", 1)?;
            let login = stage.target.login.as_ref().ok_or("no listener with SASL")?;
            let bytes = token(&login.user, if right { &login.password } else { "wrong" });
            let answer =
                connection.call(&SaslAuthenticateRequest::default().with_auth_bytes(bytes), version)?;
            if right {
                connection.call(&MetadataRequest::default(), 12)?;
            }
            Ok(answer.error_code)
        });
    }
    cases.each(ApiKey::Metadata, 0..=13, "before_login", CLOSED, |stage, version| {
        let login = stage.target.login.as_ref().ok_or("no listener with SASL")?;
        let request = MetadataRequest::default().with_topics(Some(Vec::new()));
        Connection::open(&login.address)?.call(&request.with_allow_auto_topic_creation(true), version)?;
        Ok(0)
    });
    cases.each(ApiKey::ApiVersions, 0..=4, "before_login", 0, |stage, version| {
        let login = stage.target.login.as_ref().ok_or("no listener with SASL")?;
        Ok(Connection::open(&login.address)?.call(&asking(version), version)?.error_code)
    });
}

fn asking(version: i16) -> ApiVersionsRequest {
    let request = ApiVersionsRequest::default();
    if version < 3 {
        return request;
    }
    request.with_client_software_name(text("conformance")).with_client_software_version(text("1.0"))
}

fn versions(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::ApiVersions;
    for (title, name, expected) in
        [("empty_name", "", 42), ("odd_name", "-odd-", 42), ("dotted_name", "a.b-c", 0)]
    {
        cases.each(KEY, 3..=4, title, expected, move |stage, version| {
            let request = asking(version).with_client_software_name(text(name));
            Ok(stage.call(&request, version)?.error_code)
        });
    }
    cases.each(KEY, 4..=4, "version_to_come", 35, |stage, _| {
        let connection = stage.connection()?;
        connection.send_numbered(18, 99, 2, &[0; 7])?;
        // In version 0, whatever was asked.
        let mut body = connection.answer(KEY, 0)?;
        let answer = ApiVersionsResponse::decode(&mut body, 0)?;
        ensure!(answer.api_keys.iter().map(|api| api.api_key).collect::<Vec<_>>(), vec![18], "APIs");
        Ok(answer.error_code)
    });
    cases.each(KEY, 0..=4, "twice", 0, |stage, version| {
        let first = stage.call(&asking(version), version)?;
        ensure!(stage.call(&asking(version), version)?.api_keys, first.api_keys, "second answer");
        Ok(first.error_code)
    });
}
