//! Every recorded vector, positive and negative, through reading, claiming, verifying and the nonce guard.

use bytes::Bytes;
use control::AccessKey;
use control::ids::AccountId;
use http_body_util::Full;
use hyper::Request;
use machine::secret::Secret;
use serde_json::Value as Json;

use super::world::{KEY_ID, World};
use crate::dialects::aliyun::action::Effect;
use crate::dialects::aliyun::authentication::{Claim, Key};
use crate::dialects::aliyun::gateway;
use crate::refusal::Refusal;
use crate::request::Verified;

fn request(vector: &Json) -> Request<Full<Bytes>> {
    let http = &vector["http"];
    let text = |name: &str| http[name].as_str().unwrap();
    let mut request =
        Request::builder().method(text("method")).uri(format!("{}?{}", text("path"), text("raw_query")));
    for header in http["headers"].as_array().unwrap() {
        request = request.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
    }
    request.body(Full::new(Bytes::from(text("body").to_owned()))).unwrap()
}

/// What the server has for the key of a vector.
fn key(vector: &Json, token: &Json, sent: &str) -> Option<Key> {
    let is_temporary = vector["id"].as_str().unwrap().ends_with("-sts");
    (sent == KEY_ID).then(|| Key {
        key: AccessKey {
            id: KEY_ID.into(),
            secret: Secret::new(vector["secret"].as_str().unwrap().into()),
            account: AccountId::new("a"),
            user: None,
            active: true,
        },
        token: is_temporary.then(|| Secret::new(token.as_str().unwrap().to_owned())),
    })
}

async fn deliver(world: &World, vector: &Json, token: &Json) -> Result<Verified, Refusal> {
    let now: jiff::Timestamp = vector["server_time"].as_str().unwrap().parse().unwrap();
    let (raw, _room) = world.stack.read_for_test(request(vector)).await?;
    let claim = Claim::read(&raw, now.as_millisecond())?;
    let key = key(vector, token, claim.access_key_id());
    let verified = claim.verify(raw, key)?;
    let claimed = world.stack.replay.claim(verified.facts(), Effect::Reads, now.as_second());
    claimed.map_err(gateway::unclaimed)?;
    Ok(verified)
}

#[tokio::test]
async fn all_vectors() {
    let vectors: Json =
        serde_json::from_str(include_str!("../../../signature/tests/vectors/aliyun.json")).unwrap();
    let token = &vectors["credentials"]["session_token_for_sts_vectors"];
    let positive = vectors["positive"].as_array().unwrap();
    let negative = vectors["negative"].as_array().unwrap();
    assert_eq!((positive.len(), negative.len()), (26, 26));

    for vector in positive {
        let id = vector["id"].as_str().unwrap();
        let world = World::open().await;
        let verified = deliver(&world, vector, token).await.unwrap_or_else(|refusal| {
            panic!("{id}: {refusal:?} {}", refusal.message);
        });
        for (name, value) in vector["decoded_params"].as_object().unwrap() {
            assert_eq!(verified.parameters().get(name), value.as_str(), "{id} {name}");
        }
        assert_eq!(verified.facts().action.as_deref(), vector["action"].as_str(), "{id}");
    }

    for vector in negative {
        let id = vector["id"].as_str().unwrap();
        let world = World::open().await;
        if let Some(first) = vector["deliver_first"].as_str() {
            let first = positive.iter().find(|other| other["id"] == first).unwrap();
            deliver(&world, first, token).await.unwrap();
        }
        let Err(refusal) = deliver(&world, vector, token).await else { panic!("{id} was accepted") };
        let expect = &vector["expect"];
        assert_eq!(u64::from(refusal.status.as_u16()), expect["http_status"], "{id}");
        assert_eq!(refusal.code.to_string(), expect["code"].as_str().unwrap(), "{id}");
        if let Some(message) = expect["message"].as_str() {
            assert_eq!(refusal.message, message, "{id}");
        }
    }
}
