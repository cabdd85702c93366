//! Cipher keys: whose they are, what their versions open, how they end, and what a crash leaves of them.

use std::time::Duration;

use control::cipher_alias::CipherAlias;
use control::cipher_key::{
    CIPHER_KEYS_MAX, CipherContext, CipherKey, CipherKeyChange, CipherKeyCreate, CipherKeyFilter,
    CipherKeyState, Encrypted, Rotation,
};
use control::fail::{Break, Place};
use control::fault::{Absent, Capacity, Conflict, EngineTrouble};
use control::ids::{CipherAliasName, CipherKeyId};
use control::instance::InstanceStart;
use control::placement::PlacementQuery;
use control::tag::{Tag, TagRemoval};
use control::topic::Page;
use control::{Committed, Fault};
use machine::clock::{Clock, HeldClock};
use machine::secret::Secret;
use sqlx::{Connection, Row};

use crate::audit::{database, outcomes};
use crate::world::{ALL, Tenant, World};

const DAY_MS: i64 = 86_400_000;

fn a_key(tenant: &Tenant) -> CipherKeyCreate {
    CipherKeyCreate {
        region: tenant.region.clone(),
        description: "first".into(),
        rotation: Rotation::default(),
        tags: vec![tag("b", "1"), tag("a", "2")],
    }
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.into(), value: value.into() }
}

async fn create(tenant: &Tenant) -> CipherKey {
    tenant.control.cipher_key_create(&tenant.caller, a_key(tenant)).await.unwrap().into_inner()
}

async fn find(tenant: &Tenant, id: &CipherKeyId) -> Result<CipherKey, Fault> {
    tenant.control.cipher_key_find(&tenant.caller, id).await
}

async fn change(tenant: &Tenant, id: &CipherKeyId, change: CipherKeyChange) -> Result<CipherKey, Fault> {
    tenant.control.cipher_key_change(&tenant.caller, id, change).await.map(Committed::into_inner)
}

async fn encrypt(tenant: &Tenant, id: &CipherKeyId, text: &str) -> Result<Encrypted, Fault> {
    let context = CipherContext::from([("user".into(), "app".into())]);
    tenant.control.cipher_key_encrypt(&tenant.caller, id, &Secret::new(text.into()), &context).await
}

/// What a ciphertext was made of.
async fn decrypt(tenant: &Tenant, ciphertext: &str) -> Result<String, Fault> {
    let context = CipherContext::from([("user".into(), "app".into())]);
    let opened = tenant.control.cipher_key_decrypt(&tenant.caller, ciphertext, &context).await?;
    Ok(opened.plaintext.expose().clone())
}

async fn count(tenant: &Tenant) -> usize {
    let (caller, filter) = (&tenant.caller, CipherKeyFilter::default());
    tenant.control.cipher_key_list(caller, &filter, ALL).await.unwrap().total
}

/// A world whose time only its test moves, and whose reconcilers run when they are told to.
fn held() -> (World, HeldClock) {
    let mut world = World::new();
    let (clock, hand) = Clock::held(1_000);
    world.clock = clock;
    world.options.reconcile_every = Duration::from_secs(1_000 * 86_400);
    (world, hand)
}

fn is_foreign(answer: &Result<String, Fault>) -> bool {
    matches!(answer, Err(Fault::Conflict(Conflict::CiphertextForeign)))
}

#[tokio::test]
async fn strangers_see_what_nobody_has() {
    let world = World::new();
    let owner = world.open().await;
    let key = create(&owner).await;
    let made = encrypt(&owner, &key.id, "x").await.unwrap();
    let stranger = owner.of_account("9000000000000001");
    for (who, tenant, id) in
        [("stranger", &stranger, key.id.clone()), ("unknown", &owner, CipherKeyId::new("' OR '1'='1"))]
    {
        let (control, caller) = (&tenant.control, &tenant.caller);
        let answers = [
            ("find", find(tenant, &id).await.map(drop)),
            ("change", change(tenant, &id, CipherKeyChange::Description("theirs".into())).await.map(drop)),
            ("delete", change(tenant, &id, CipherKeyChange::Delete(DAY_MS)).await.map(drop)),
            ("encrypt", encrypt(tenant, &id, "x").await.map(drop)),
            ("data", control.cipher_key_data(caller, &id, 32, &CipherContext::new()).await.map(drop)),
            ("tag", control.cipher_key_tag(caller, vec![id.clone()], vec![tag("c", "3")]).await.map(drop)),
            ("untag", control.cipher_key_untag(caller, vec![id], TagRemoval::All).await.map(drop)),
        ];
        for (command, answer) in answers {
            assert!(
                matches!(answer, Err(Fault::Absent(Absent::CipherKey(_)))),
                "{who}, {command}: {answer:?}"
            );
        }
    }
    // A ciphertext opens for its owner only, and a stranger does not learn that it is one.
    assert!(is_foreign(&decrypt(&stranger, &made.ciphertext).await));
    assert_eq!(decrypt(&owner, &made.ciphertext).await.unwrap(), "x");
    assert_eq!(count(&stranger).await, 0);
    // The same key from every region, and nothing of it was changed.
    assert_eq!(find(&owner.in_region("region-b"), &key.id).await.unwrap(), key);
}

#[tokio::test]
async fn a_key_and_what_it_made_survive_a_restart() {
    let world = World::new();
    let owner = world.open().await;
    let key = create(&owner).await;
    assert_eq!(key.tags, [tag("a", "2"), tag("b", "1")], "by key");
    let made = encrypt(&owner, &key.id, "hunter2").await.unwrap();
    let key = change(&owner, &key.id, CipherKeyChange::Protection(true, "why".into())).await.unwrap();
    let owner = world.reopen(&owner).await;
    assert_eq!(find(&owner, &key.id).await.unwrap(), key);
    assert_eq!(decrypt(&owner, &made.ciphertext).await.unwrap(), "hunter2");
    for command in ["cipher_key_create", "cipher_key_change"] {
        assert_eq!(outcomes(&world, command).await, ["done"], "{command}");
    }
}

#[tokio::test]
async fn a_key_whose_making_was_not_answered_is_there_with_its_material() {
    let world = World::new();
    let owner = world.open().await;
    world.options.fail_points.add("store", "commit", Place::AfterEffect, Break::Fail, 1);
    let unknown = owner.control.cipher_key_create(&owner.caller, a_key(&owner)).await;
    assert!(matches!(unknown, Err(Fault::Engine(EngineTrouble::Store(_)))), "{unknown:?}");
    let owner = world.reopen(&owner).await;
    let keys = owner.control.cipher_key_list(&owner.caller, &CipherKeyFilter::default(), ALL).await.unwrap();
    let [key] = keys.items.as_slice() else { panic!("{keys:?}") };
    let made = encrypt(&owner, &key.id, "x").await.unwrap();
    assert_eq!(decrypt(&owner, &made.ciphertext).await.unwrap(), "x");
    assert_eq!(outcomes(&world, "cipher_key_create").await, ["done"]);
}

#[tokio::test]
async fn material_is_sealed_to_its_version() {
    let world = World::new();
    let owner = world.open().await;
    let (one, other) = (create(&owner).await, create(&owner).await);
    let made = encrypt(&owner, &one.id, "x").await.unwrap();
    let mut behind = database(&world).await;
    sqlx::query(
        "UPDATE cipher_key_versions SET material = (SELECT material FROM cipher_key_versions WHERE key = ?)",
    )
    .bind(other.id.as_str())
    .execute(&mut behind)
    .await
    .unwrap();
    behind.close().await.unwrap();
    for answer in
        [decrypt(&owner, &made.ciphertext).await.map(drop), encrypt(&owner, &one.id, "x").await.map(drop)]
    {
        assert!(matches!(answer, Err(Fault::Bug(_))), "{answer:?}");
    }
    encrypt(&owner, &other.id, "x").await.unwrap();
}

#[tokio::test]
async fn a_key_that_rotates_opens_what_its_old_versions_made() {
    let (world, hand) = held();
    let owner = world.open().await;
    let rotation = Rotation { on: true, every_ms: DAY_MS, every_text: "1d".into() };
    let key = create(&owner).await;
    let key = change(&owner, &key.id, CipherKeyChange::Rotation(rotation)).await.unwrap();
    assert_eq!(key.next_rotation_ms(), Some(1_000 + DAY_MS));
    let mut made = vec![encrypt(&owner, &key.id, "0").await.unwrap()];
    for n in 1..4 {
        hand.advance(Duration::from_millis(86_399_999));
        owner.control.reconcile().await.unwrap();
        assert_eq!(find(&owner, &key.id).await.unwrap().versions, n, "not before its time");
        hand.advance(Duration::from_millis(1));
        owner.control.reconcile().await.unwrap();
        owner.control.reconcile().await.unwrap();
        let now = find(&owner, &key.id).await.unwrap();
        assert_eq!((now.versions, now.rotated_ms), (n + 1, 1_000 + i64::from(n) * DAY_MS));
        made.push(encrypt(&owner, &key.id, &n.to_string()).await.unwrap());
    }
    let versions: std::collections::BTreeSet<_> = made.iter().map(|made| made.version.clone()).collect();
    assert_eq!(versions.len(), 4);
    for (n, made) in made.iter().enumerate() {
        assert_eq!(decrypt(&owner, &made.ciphertext).await.unwrap(), n.to_string());
    }
    // One that cannot be used is left alone, and its owner's word counts when it can again.
    change(&owner, &key.id, CipherKeyChange::Enabled(false)).await.unwrap();
    hand.advance(Duration::from_secs(10 * 86_400));
    owner.control.reconcile().await.unwrap();
    assert_eq!(find(&owner, &key.id).await.unwrap().versions, 4);
    assert_eq!(outcomes(&world, "cipher_key_rotate").await.len(), 3);
}

#[tokio::test]
async fn what_has_gone_is_erased() {
    let (world, hand) = held();
    let owner = world.open().await;
    let (key, stays) = (create(&owner).await, create(&owner).await);
    let made = encrypt(&owner, &key.id, "x").await.unwrap();
    change(&owner, &key.id, CipherKeyChange::Delete(DAY_MS)).await.unwrap();
    hand.advance(Duration::from_millis(86_399_999));
    owner.control.reconcile().await.unwrap();
    assert_eq!(find(&owner, &key.id).await.unwrap().state(), CipherKeyState::PendingDeletion);
    hand.advance(Duration::from_millis(1));
    // Gone at the moment, whether or not anybody has seen to it yet.
    assert!(matches!(find(&owner, &key.id).await, Err(Fault::Absent(Absent::CipherKey(_)))));
    assert!(is_foreign(&decrypt(&owner, &made.ciphertext).await));
    assert_eq!(count(&owner).await, 1);
    let rows = async || {
        let mut behind = database(&world).await;
        let rows = sqlx::query("SELECT key FROM cipher_key_versions").fetch_all(&mut behind).await.unwrap();
        behind.close().await.unwrap();
        rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>()
    };
    assert_eq!(rows().await.len(), 2);
    let both = futures_util::future::join(owner.control.reconcile(), owner.control.reconcile()).await;
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert_eq!(rows().await, [stays.id.as_str()]);
    assert_eq!(outcomes(&world, "cipher_key_erase").await, ["done"]);
}

#[tokio::test]
async fn limits_hold_and_a_refused_change_leaves_nothing() {
    let world = World::new();
    let owner = world.open().await;
    let first = create(&owner).await;
    let many: Vec<_> = (0..19).map(|n| tag(&format!("t{n}"), "")).collect();
    let ids = vec![create(&owner).await.id, first.id.clone()];
    let refused = owner.control.cipher_key_tag(&owner.caller, ids, many).await.map(drop);
    assert!(matches!(refused, Err(Fault::Capacity(Capacity::Tags { limit: 20 }))), "{refused:?}");
    let listed =
        owner.control.cipher_key_list(&owner.caller, &CipherKeyFilter::default(), ALL).await.unwrap();
    assert!(listed.items.iter().all(|key| key.tags.len() == 2));
    for _ in 2..CIPHER_KEYS_MAX {
        create(&owner).await;
    }
    let refused = owner.control.cipher_key_create(&owner.caller, a_key(&owner)).await.map(drop);
    assert!(matches!(refused, Err(Fault::Capacity(Capacity::CipherKeys { .. }))), "{refused:?}");
    let last = Page { skip: 199, take: 10 };
    let listed =
        owner.control.cipher_key_list(&owner.caller, &CipherKeyFilter::default(), last).await.unwrap();
    assert_eq!((listed.items.len(), listed.total), (1, 200));
}

#[tokio::test]
async fn a_key_that_goes_out_of_use_meanwhile_is_noticed_by_the_deployment() {
    let world = World::new();
    let owner = world.open().await;
    let key = create(&owner).await;
    let id = owner.order().await;
    let placement = PlacementQuery { cipher_key: Some(key.id.clone()), ..PlacementQuery::default() };
    let found = owner.control.placement_find(&owner.caller, &owner.region, &placement).await;
    assert!(found.is_ok(), "{found:?}");
    change(&owner, &key.id, CipherKeyChange::Enabled(false)).await.unwrap();
    let start = InstanceStart { placement, ..owner.a_start(&id) };
    let refused = owner.control.instance_start(&owner.caller, start).await.map(drop);
    assert!(matches!(refused, Err(Fault::Conflict(Conflict::CipherKeyDisabled))), "{refused:?}");
}

#[tokio::test]
async fn aliases_are_their_owners_and_go_with_their_key() {
    let (world, hand) = held();
    let owner = world.open().await;
    let key = create(&owner).await;
    let name = CipherAliasName::new("app");
    let alias = || CipherAlias { name: name.clone(), key: key.id.clone() };
    let make =
        async |tenant: &Tenant| tenant.control.cipher_alias_create(&tenant.caller, alias()).await.map(drop);
    // One name, however many ask for it at once.
    let at_once = futures_util::future::join_all((0..5).map(|_| make(&owner))).await;
    assert_eq!(at_once.iter().filter(|made| made.is_ok()).count(), 1);

    let stranger = owner.of_account("9000000000000001");
    let (control, caller) = (&stranger.control, &stranger.caller);
    let unnamed = control.cipher_alias_find(caller, &name).await;
    assert!(matches!(unnamed, Err(Fault::Absent(Absent::CipherAlias(_)))), "{unnamed:?}");
    for (command, answer) in [
        ("create", make(&stranger).await),
        ("change", control.cipher_alias_change(caller, alias()).await.map(drop)),
        ("delete", control.cipher_alias_delete(caller, &name).await.map(drop)),
        ("list", control.cipher_alias_list(caller, Some(&key.id)).await.map(drop)),
    ] {
        assert!(matches!(answer, Err(Fault::Absent(_))), "{command}: {answer:?}");
    }
    assert!(control.cipher_alias_list(caller, None).await.unwrap().is_empty());

    let owner = world.reopen(&owner).await;
    assert_eq!(owner.control.cipher_alias_find(&owner.caller, &name).await.unwrap(), key.id);
    change(&owner, &key.id, CipherKeyChange::Delete(DAY_MS)).await.unwrap();
    hand.advance(Duration::from_secs(86_400));
    assert!(owner.control.cipher_alias_list(&owner.caller, None).await.unwrap().is_empty());
    owner.control.reconcile().await.unwrap();
    let gone = owner.control.cipher_alias_find(&owner.caller, &name).await;
    assert!(matches!(gone, Err(Fault::Absent(Absent::CipherAlias(_)))), "{gone:?}");
    assert_eq!(outcomes(&world, "cipher_alias_create").await, ["done"]);
}
