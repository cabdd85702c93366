//! The other end: requests as Alibaba's own clients sign them, for `weir call` and for tests.

/// A key and a moment to sign with.
pub use signature::aliyun_rpc::Signer as Signature;

/// The API version that our own calls ask for, unless `Version` is among their parameters.
pub const VERSION: &str = "2019-09-16";

/// A signed request.
pub struct SignedRequest {
    /// Where to send it: `http://HOST:PORT/`.
    pub url: String,
    /// What to send with POST as `application/x-www-form-urlencoded`.
    pub body: String,
}

/// Signs a call for POST, asking for a reply in JSON.
pub fn sign_rpc_request(
    host: &str,
    action: &str,
    parameters: &[(&str, &str)],
    signer: &Signature<'_>,
) -> SignedRequest {
    SignedRequest {
        url: format!("http://{host}/"),
        body: signer.signed_pairs("POST", &call(action, "JSON", parameters)),
    }
}

/// Signs a call for GET, asking for a reply in `format`; the whole of it is the address.
pub fn sign_rpc_url(
    host: &str,
    action: &str,
    format: &str,
    parameters: &[(&str, &str)],
    signer: &Signature<'_>,
) -> String {
    format!("http://{host}/?{}", signer.signed_pairs("GET", &call(action, format, parameters)))
}

fn call<'a>(action: &'a str, format: &'a str, parameters: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut pairs = vec![("Action", action), ("Format", format)];
    if parameters.iter().all(|(name, _)| *name != "Version") {
        pairs.push(("Version", VERSION));
    }
    pairs.extend(parameters);
    pairs
}
