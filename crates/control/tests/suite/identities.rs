//! Who can call for an account: keys, sub-users, and what policies let them do.

use std::cell::Cell;

use control::account::KeyHolder;
use control::config::FirstKey;
use control::fail::{Break, Place};
use control::fault::{Absent, Capacity, Conflict};
use control::identity::{
    ATTACHMENTS_MAX, AbsentIdentity, IdentityConflict, IdentityKind, OWNER_KEYS_MAX, POLICIES_MAX,
    SUB_USER_KEYS_MAX,
};
use control::ids::{AccountId, PolicyName, SubUserId, SubUserName};
use control::permission::{PolicyCreate, PolicyRef};
use control::policy::{Circumstance, Circumstances, Language, Request, StandingPolicy, Verdict};
use control::sub_user::{SubUser, SubUserChange, SubUserCreate};
use control::topic::Page;
use control::{AccessKey, Caller, Committed, Fault};
use machine::clock::Clock;
use machine::secret::Secret;
use serde_json::json;
use sqlx::Connection;

use crate::audit::outcomes;
use crate::world::{ALL, Tenant, World};

const ALL_BOXES: &str =
    r#"{"Version":"1","Statement":{"Effect":"Allow","Action":"box:*","Resource":"it:box:*"}}"#;

const LANGUAGE: Language = Language {
    version: "1",
    resource_prefix: "it:",
    keys: &[("it:From", Circumstance::Address)],
    standing: &[StandingPolicy {
        name: "AllBoxes",
        description: "Everything with boxes",
        document: ALL_BOXES,
    }],
};

fn world() -> World {
    let mut world = World::new();
    world.options.language = LANGUAGE;
    world
}

fn standing() -> PolicyRef {
    PolicyRef { standing: true, name: PolicyName::new("AllBoxes") }
}

fn own(name: &str) -> PolicyRef {
    PolicyRef { standing: false, name: PolicyName::new(name) }
}

fn of(user: &SubUser) -> KeyHolder {
    KeyHolder::SubUser(user.name.clone())
}

fn document(effect: &str, action: &str, resource: &str) -> String {
    json!({ "Version": "1", "Statement": { "Effect": effect, "Action": action, "Resource": resource } })
        .to_string()
}

impl Tenant {
    async fn sub_user(&self, name: &str) -> Result<SubUser, Fault> {
        let name = SubUserName::parse(name).unwrap();
        let create = SubUserCreate { name, display_name: "D".into(), comments: "c".into() };
        self.control.sub_user_create(&self.caller, create).await.map(Committed::into_inner)
    }

    async fn key(&self, holder: &KeyHolder) -> Result<AccessKey, Fault> {
        self.control.access_key_create(&self.caller, holder).await.map(Committed::into_inner)
    }

    async fn set_active(&self, holder: &KeyHolder, id: &str, active: bool) -> Result<(), Fault> {
        let changed = self.control.access_key_change(&self.caller, holder, id, active).await;
        changed.map(Committed::into_inner)
    }

    async fn delete_key(&self, holder: &KeyHolder, id: &str) -> Result<(), Fault> {
        self.control.access_key_delete(&self.caller, holder, id).await.map(Committed::into_inner)
    }

    async fn policy(&self, name: &str, document: String) -> Result<(), Fault> {
        let create =
            PolicyCreate { name: PolicyName::parse(name).unwrap(), description: "d".into(), document };
        self.control.policy_create(&self.caller, create).await.map(|made| drop(made.into_inner()))
    }

    async fn attach(&self, user: &SubUser, policy: &PolicyRef) -> Result<(), Fault> {
        self.control.policy_attach(&self.caller, &user.name, policy).await.map(Committed::into_inner)
    }

    async fn detach(&self, user: &SubUser, policy: &PolicyRef) -> Result<(), Fault> {
        self.control.policy_detach(&self.caller, &user.name, policy).await.map(Committed::into_inner)
    }

    async fn found(&self, id: &str) -> Option<AccessKey> {
        self.control.access_key_find(id).await.unwrap()
    }

    /// What a sub-user is told about an action on a resource.
    async fn verdict(&self, user: &SubUser, action: &str, resource: &str) -> Verdict {
        let caller = Caller { user: Some(user.id.clone()), ..self.caller.clone() };
        self.judged(&caller, action, resource).await
    }

    async fn judged(&self, caller: &Caller, action: &str, resource: &str) -> Verdict {
        let under = Circumstances { address: "10.0.0.1".parse().unwrap(), is_secured: false, now_ms: 0 };
        self.control.permission_judge(caller, &Request { action, resource, under }).await.unwrap()
    }
}

fn absent(result: Result<impl std::fmt::Debug, Fault>, expected: &AbsentIdentity) {
    assert!(
        matches!(&result, Err(Fault::Absent(Absent::Identity(found))) if found == expected),
        "{result:?}"
    );
}

fn conflict(result: Result<impl std::fmt::Debug, Fault>, expected: &IdentityConflict) {
    assert!(
        matches!(&result, Err(Fault::Conflict(Conflict::Identity(found))) if found == expected),
        "{result:?}"
    );
}

fn full(result: Result<impl std::fmt::Debug, Fault>, expected: (IdentityKind, u32)) {
    let is_full = matches!(&result, Err(Fault::Capacity(Capacity::Identities { kind, limit })) if (*kind, *limit) == expected);
    assert!(is_full, "{result:?}");
}

#[tokio::test]
async fn a_key_signs_until_it_is_disabled_or_deleted_and_not_a_moment_longer() {
    let world = world();
    let owner = world.open().await;
    let user = owner.sub_user("ann").await.unwrap();
    for (holder, who) in [(KeyHolder::Caller, None), (of(&user), Some(&user.id))] {
        let key = owner.key(&holder).await.unwrap();
        let found = owner.found(&key.id).await.unwrap();
        assert_eq!(
            (found.secret.expose(), found.user.as_ref(), found.active),
            (key.secret.expose(), who, true)
        );
        assert_eq!((key.id.len(), key.secret.expose().len()), (24, 30));
        for active in [false, true, true, false] {
            owner.set_active(&holder, &key.id, active).await.unwrap();
            assert_eq!(owner.found(&key.id).await.unwrap().active, active);
        }
        let listed = owner.control.access_key_list(&owner.caller, &holder).await.unwrap();
        let facts = listed.iter().find(|facts| facts.id == key.id).unwrap();
        assert!(!facts.active && facts.created_ms > 0);
        owner.delete_key(&holder, &key.id).await.unwrap();
        assert!(owner.found(&key.id).await.is_none());
        absent(owner.delete_key(&holder, &key.id).await, &AbsentIdentity::AccessKey(key.id.clone()));
        absent(owner.set_active(&holder, &key.id, true).await, &AbsentIdentity::AccessKey(key.id));
    }
    assert_eq!(outcomes(&world, "access_key_create").await, ["done", "done"]);
    assert_eq!(outcomes(&world, "access_key_change").await.len(), 8);
    assert_eq!(outcomes(&world, "access_key_delete").await, ["done", "done"]);
}

#[tokio::test]
async fn keys_and_what_they_may_do_outlive_the_process_and_their_secrets_lie_sealed() {
    let world = world();
    let owner = world.open().await;
    let first = owner.control.access_key_list(&owner.caller, &KeyHolder::Caller).await.unwrap()[0].id.clone();
    let user = owner.sub_user("ann").await.unwrap();
    let (mine, theirs) = (owner.key(&KeyHolder::Caller).await.unwrap(), owner.key(&of(&user)).await.unwrap());
    owner.set_active(&KeyHolder::Caller, &first, false).await.unwrap();
    owner.attach(&user, &standing()).await.unwrap();
    for entry in std::fs::read_dir(world.directory.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in [&mine.secret, &theirs.secret] {
            assert!(!bytes.windows(30).any(|window| window == secret.expose().as_bytes()));
        }
    }
    owner.control.close().await;
    let opened = world.try_open().await.unwrap();
    assert_eq!(opened.first_key.id, mine.id, "the oldest that works, and the owner's");
    let owner = Tenant::new(opened.control, opened.first_key.account, "region-a");
    let found = owner.found(&theirs.id).await.unwrap();
    assert_eq!((found.secret.expose(), found.user.as_ref()), (theirs.secret.expose(), Some(&user.id)));
    assert!(!owner.found(&first).await.unwrap().active);
    assert_eq!(owner.verdict(&user, "box:Open", "it:box:7").await, Verdict::Allowed);
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_there_after_the_restart() {
    let world = world();
    let owner = world.open().await;
    let key = owner.key(&KeyHolder::Caller).await.unwrap();
    world.options.fail_points.add("store", "commit", Place::AfterEffect, Break::Fail, 1);
    assert!(owner.set_active(&KeyHolder::Caller, &key.id, false).await.is_err());
    let owner = world.reopen(&owner).await;
    assert!(!owner.found(&key.id).await.unwrap().active);
}

#[tokio::test]
async fn an_account_is_never_left_without_a_key_that_works() {
    let world = world();
    let owner = world.open().await;
    let first = owner.control.access_key_list(&owner.caller, &KeyHolder::Caller).await.unwrap()[0].id.clone();
    conflict(owner.set_active(&KeyHolder::Caller, &first, false).await, &IdentityConflict::LastKey);
    conflict(owner.delete_key(&KeyHolder::Caller, &first).await, &IdentityConflict::LastKey);
    let second = owner.key(&KeyHolder::Caller).await.unwrap();
    owner.set_active(&KeyHolder::Caller, &second.id, false).await.unwrap();
    conflict(owner.delete_key(&KeyHolder::Caller, &first).await, &IdentityConflict::LastKey);
    owner.set_active(&KeyHolder::Caller, &second.id, true).await.unwrap();
    owner.delete_key(&KeyHolder::Caller, &first).await.unwrap();
    assert!(owner.found(&first).await.is_none());
}

#[tokio::test]
async fn there_are_only_so_many() {
    let world = world();
    let owner = world.open().await;
    for _ in 1..OWNER_KEYS_MAX {
        owner.key(&KeyHolder::Caller).await.unwrap();
    }
    full(owner.key(&KeyHolder::Caller).await, (IdentityKind::AccessKey, OWNER_KEYS_MAX));
    let user = owner.sub_user("ann").await.unwrap();
    for _ in 0..SUB_USER_KEYS_MAX {
        owner.key(&of(&user)).await.unwrap();
    }
    full(owner.key(&of(&user)).await, (IdentityKind::AccessKey, SUB_USER_KEYS_MAX));
    for number in 0..=ATTACHMENTS_MAX {
        let name = format!("p{number}");
        owner.policy(&name, ALL_BOXES.to_owned()).await.unwrap();
        let attached = owner.attach(&user, &own(&name)).await;
        if number < ATTACHMENTS_MAX {
            attached.unwrap();
        } else {
            full(attached, (IdentityKind::Attachment, ATTACHMENTS_MAX));
        }
    }
}

#[tokio::test]
async fn the_operators_key_is_never_a_sub_users() {
    let mut world = world();
    let owner = world.open().await;
    let user = owner.sub_user("ann").await.unwrap();
    let key = owner.key(&of(&user)).await.unwrap();
    owner.control.close().await;
    world.first_key = Some(FirstKey { id: key.id.clone(), secret: Secret::new("mine now".into()) });
    assert!(world.try_open().await.is_err(), "a sub-user's key would become the owner's");
    world.first_key = None;
    let owner = world.open().await;
    assert_eq!(owner.found(&key.id).await.unwrap().user, Some(user.id));
}

#[tokio::test]
async fn a_sub_user_may_do_what_is_attached_until_it_is_detached() {
    let world = world();
    let owner = world.open().await;
    let user = owner.sub_user("ann").await.unwrap();
    let (open, burn) = (("box:Open", "it:box:7"), ("box:Burn", "it:box:7"));
    assert_eq!(owner.verdict(&user, open.0, open.1).await, Verdict::Unmentioned);
    owner.attach(&user, &standing()).await.unwrap();
    assert_eq!(owner.verdict(&user, burn.0, burn.1).await, Verdict::Allowed);
    owner.policy("no-fire", document("Deny", "box:burn", "it:box:7")).await.unwrap();
    assert_eq!(owner.verdict(&user, burn.0, burn.1).await, Verdict::Allowed, "not attached");
    owner.attach(&user, &own("no-fire")).await.unwrap();
    assert_eq!(owner.verdict(&user, burn.0, burn.1).await, Verdict::Denied);
    assert_eq!(owner.verdict(&user, open.0, open.1).await, Verdict::Allowed);
    assert_eq!(owner.judged(&owner.caller, burn.0, burn.1).await, Verdict::Allowed, "the owner may all");

    let attached = owner.control.attachment_list(&owner.caller, &user.name).await.unwrap();
    let names: Vec<_> = attached
        .iter()
        .map(|(attachment, policy)| {
            assert_eq!(attachment.policy, policy.of);
            (policy.of.name.as_str(), policy.of.standing, policy.attachments)
        })
        .collect();
    assert_eq!(names, [("AllBoxes", true, 1), ("no-fire", false, 1)]);
    conflict(
        owner.attach(&user, &own("no-fire")).await,
        &IdentityConflict::AttachedAlready("no-fire".into()),
    );
    let delete = owner.control.policy_delete(&owner.caller, &PolicyName::new("no-fire")).await;
    conflict(delete, &IdentityConflict::PolicyAttached);

    owner.detach(&user, &own("no-fire")).await.unwrap();
    assert_eq!(owner.verdict(&user, burn.0, burn.1).await, Verdict::Allowed);
    owner.detach(&user, &standing()).await.unwrap();
    assert_eq!(owner.verdict(&user, burn.0, burn.1).await, Verdict::Unmentioned);
    absent(owner.detach(&user, &standing()).await, &AbsentIdentity::Attachment("AllBoxes".into()));
    owner.control.policy_delete(&owner.caller, &PolicyName::new("no-fire")).await.unwrap().into_inner();
    absent(owner.attach(&user, &own("no-fire")).await, &AbsentIdentity::Policy("no-fire".into()));
    let nothing = PolicyRef { standing: true, name: PolicyName::new("no-fire") };
    absent(owner.attach(&user, &nothing).await, &AbsentIdentity::Policy("no-fire".into()));
    for (action, times) in
        [("policy_create", 1), ("policy_attach", 2), ("policy_detach", 2), ("policy_delete", 1)]
    {
        assert_eq!(outcomes(&world, action).await, vec!["done"; times], "{action}");
    }
}

#[tokio::test]
async fn policies_have_one_name_each_and_say_what_can_be_judged() {
    let world = world();
    let owner = world.open().await;
    owner.policy("boxes", ALL_BOXES.to_owned()).await.unwrap();
    for name in ["boxes", "AllBoxes"] {
        let again = owner.policy(name, ALL_BOXES.to_owned()).await;
        conflict(again, &IdentityConflict::PolicyNameTaken(name.into()));
    }
    let unjudged = r#"{"Version":"1","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
                       "Condition":{"Bool":{"it:Mfa":"true"}}}}"#;
    let refused = owner.policy("mfa", unjudged.to_owned()).await;
    assert!(
        matches!(&refused, Err(Fault::Conflict(Conflict::Identity(IdentityConflict::Document(_))))),
        "{refused:?}"
    );
    let names = async |standing| {
        let listed = owner.control.policy_list(&owner.caller, standing, ALL).await.unwrap();
        listed.items.into_iter().map(|policy| policy.of.name.into_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(None).await, ["AllBoxes", "boxes"]);
    assert_eq!(
        (names(Some(true)).await, names(Some(false)).await),
        (vec!["AllBoxes".into()], vec!["boxes".to_owned()])
    );
    let found = owner.control.policy_find(&owner.caller, &own("boxes")).await.unwrap();
    assert_eq!((found.document.as_str(), found.facts.description.as_str()), (ALL_BOXES, "d"));
    for absent_policy in [own("AllBoxes"), PolicyRef { standing: true, ..own("boxes") }] {
        let name = absent_policy.name.to_string();
        absent(owner.control.policy_find(&owner.caller, &absent_policy).await, &AbsentIdentity::Policy(name));
    }
}

#[tokio::test]
async fn what_is_attached_is_listed_as_of_one_moment() {
    let world = world();
    let owner = world.open().await;
    let user = owner.sub_user("ann").await.unwrap();
    let changed = Cell::new(false);
    let changing = async {
        for _ in 0..50 {
            owner.policy("boxes", ALL_BOXES.to_owned()).await.unwrap();
            owner.attach(&user, &own("boxes")).await.unwrap();
            owner.detach(&user, &own("boxes")).await.unwrap();
            owner.control.policy_delete(&owner.caller, &PolicyName::new("boxes")).await.unwrap().into_inner();
        }
        changed.set(true);
    };
    let listing = async {
        // A policy is always there as long as it is attached, for whoever lists or judges.
        while !changed.get() {
            let attached = owner.control.attachment_list(&owner.caller, &user.name).await.unwrap();
            assert!(attached.iter().all(|(_, policy)| policy.attachments == 1), "{attached:?}");
            owner.verdict(&user, "box:Open", "it:box:7").await;
        }
    };
    tokio::join!(changing, listing);
}

#[tokio::test]
async fn pages_of_policies_go_from_the_standing_ones_to_the_accounts_own() {
    let world = world();
    let owner = world.open().await;
    let other = owner.control.account_create(&owner.caller, "other".into()).await.unwrap().into_inner();
    owner.of_account(other.account.as_str()).policy("foreign", ALL_BOXES.to_owned()).await.unwrap();
    for name in ["a", "b", "c"] {
        owner.policy(name, ALL_BOXES.to_owned()).await.unwrap();
    }
    for (standing, whole) in [
        (None, &["AllBoxes", "a", "b", "c"][..]),
        (Some(true), &["AllBoxes"]),
        (Some(false), &["a", "b", "c"]),
    ] {
        for skip in 0..6 {
            for take in [0, 1, 2, 3, usize::MAX] {
                let page = Page { skip, take };
                let listed = owner.control.policy_list(&owner.caller, standing, page).await.unwrap();
                let names: Vec<_> = listed.items.iter().map(|policy| policy.of.name.as_str()).collect();
                let expected: Vec<_> = whole.iter().copied().skip(skip).take(take).collect();
                assert_eq!((names, listed.total), (expected, whole.len()), "{standing:?} {page:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_account_has_so_many_policies() {
    let world = world();
    let owner = world.open().await;
    owner.control.close().await;
    let mut database = crate::audit::database(&world).await;
    sqlx::query(
        "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)
         INSERT INTO policies SELECT ?, 'p' || number, '', ?, number, number FROM numbers",
    )
    .bind(POLICIES_MAX - 1)
    .bind(owner.caller.account.as_str())
    .bind(ALL_BOXES)
    .execute(&mut database)
    .await
    .unwrap();
    database.close().await.unwrap();
    let owner = world.open().await;
    owner.policy("last", ALL_BOXES.to_owned()).await.unwrap();
    full(owner.policy("one-more", ALL_BOXES.to_owned()).await, (IdentityKind::Policy, POLICIES_MAX));
    let again = owner.policy("last", ALL_BOXES.to_owned()).await;
    conflict(again, &IdentityConflict::PolicyNameTaken("last".into()));
}

#[tokio::test]
async fn a_sub_user_goes_when_nothing_of_it_is_left() {
    let world = world();
    let owner = world.open().await;
    let user = owner.sub_user("ann").await.unwrap();
    conflict(owner.sub_user("ann").await, &IdentityConflict::SubUserNameTaken("ann".into()));
    let key = owner.key(&of(&user)).await.unwrap();
    owner.attach(&user, &standing()).await.unwrap();
    let delete =
        async || owner.control.sub_user_delete(&owner.caller, &user.name).await.map(Committed::into_inner);
    conflict(delete().await, &IdentityConflict::SubUserHasKeys);
    owner.delete_key(&of(&user), &key.id).await.unwrap();
    conflict(delete().await, &IdentityConflict::SubUserHasPolicies);
    owner.detach(&user, &standing()).await.unwrap();
    delete().await.unwrap();
    absent(delete().await, &AbsentIdentity::SubUser("ann".into()));
    // Whoever has the name next is somebody else.
    let next = owner.sub_user("ann").await.unwrap();
    assert_ne!(next.id, user.id);
    assert_eq!(owner.control.sub_user_list(&owner.caller, ALL).await.unwrap().items, [next]);
    assert_eq!(outcomes(&world, "sub_user_delete").await, ["done"]);
}

#[tokio::test]
async fn who_asks_is_known_to_the_control_plane() {
    let world = world();
    let owner = world.open().await;
    let ann = owner.sub_user("ann").await.unwrap();
    let found =
        async |tenant: &Tenant, who: &KeyHolder| tenant.control.sub_user_find(&tenant.caller, who).await;
    assert_eq!(found(&owner, &KeyHolder::Caller).await.unwrap(), None);
    assert_eq!(found(&owner, &of(&ann)).await.unwrap().as_ref(), Some(&ann));
    let caller = Caller { user: Some(ann.id.clone()), ..owner.caller.clone() };
    let as_ann = Tenant { caller, ..owner.clone() };
    assert_eq!(found(&as_ann, &KeyHolder::Caller).await.unwrap().as_ref(), Some(&ann));
    // Keys without a name are the caller's own.
    let key = as_ann.key(&KeyHolder::Caller).await.unwrap();
    assert_eq!(key.user, Some(ann.id));
}

#[tokio::test]
async fn one_account_never_meets_anothers() {
    let world = world();
    let owner = world.open().await;
    let key = owner.control.account_create(&owner.caller, "second".into()).await.unwrap().into_inner();
    let found = owner.found(&key.id).await.unwrap();
    assert_eq!((&found.account, found.user), (&key.account, None::<SubUserId>));
    let other = owner.of_account(key.account.as_str());
    let labels: Vec<_> = owner.control.account_list(&owner.caller).await.unwrap();
    assert_eq!(labels.iter().map(|account| account.label.as_str()).collect::<Vec<_>>(), ["", "second"]);
    conflict(other.control.account_list(&other.caller).await, &IdentityConflict::OperatorOnly);
    let made = other.control.account_create(&other.caller, "third".into()).await;
    conflict(made.map(|made| made.into_inner().id), &IdentityConflict::OperatorOnly);

    let ann = owner.sub_user("ann").await.unwrap();
    let as_ann =
        Tenant { caller: Caller { user: Some(ann.id.clone()), ..owner.caller.clone() }, ..owner.clone() };
    conflict(as_ann.control.account_list(&as_ann.caller).await, &IdentityConflict::OperatorOnly);
    let anns = owner.key(&of(&ann)).await.unwrap();
    owner.policy("boxes", ALL_BOXES.to_owned()).await.unwrap();
    owner.attach(&ann, &own("boxes")).await.unwrap();

    let strangers = [other, owner.of_account("9000000000000009")];
    for stranger in &strangers {
        let unknown = AbsentIdentity::SubUser("ann".into());
        absent(stranger.key(&of(&ann)).await, &unknown);
        absent(stranger.control.access_key_list(&stranger.caller, &of(&ann)).await, &unknown);
        absent(stranger.control.attachment_list(&stranger.caller, &ann.name).await, &unknown);
        absent(stranger.attach(&ann, &standing()).await, &unknown);
        let rename = SubUserChange { name: Some(SubUserName::new("mine")), ..SubUserChange::default() };
        absent(stranger.control.sub_user_change(&stranger.caller, &ann.name, rename).await, &unknown);
        absent(stranger.control.sub_user_find(&stranger.caller, &of(&ann)).await, &unknown);
        absent(
            stranger.set_active(&KeyHolder::Caller, &anns.id, false).await,
            &AbsentIdentity::AccessKey(anns.id.clone()),
        );
        absent(
            stranger.delete_key(&KeyHolder::Caller, &anns.id).await,
            &AbsentIdentity::AccessKey(anns.id.clone()),
        );
        absent(
            stranger.control.policy_find(&stranger.caller, &own("boxes")).await,
            &AbsentIdentity::Policy("boxes".into()),
        );
        assert_eq!(stranger.control.sub_user_list(&stranger.caller, ALL).await.unwrap().total, 0);
        // The id of another account's sub-user is worth nothing.
        assert_eq!(stranger.verdict(&ann, "box:Open", "it:box:7").await, Verdict::Unmentioned);
    }
    // The same names are free there.
    let theirs = strangers[0].sub_user("ann").await.unwrap();
    strangers[0].policy("boxes", document("Deny", "*", "*")).await.unwrap();
    strangers[0].attach(&theirs, &own("boxes")).await.unwrap();
    assert_eq!(owner.verdict(&ann, "box:Open", "it:box:7").await, Verdict::Allowed);
    assert_eq!(strangers[0].verdict(&theirs, "box:Open", "it:box:7").await, Verdict::Denied);
    assert!(owner.found(&anns.id).await.unwrap().active);
    assert_ne!(AccountId::new("9000000000000009"), owner.caller.account);
}

#[tokio::test]
async fn the_first_account_stays_the_first_whatever_the_clock_says() {
    let mut world = world();
    let (clock, _hand) = Clock::held(5_000);
    world.clock = clock;
    let owner = world.open().await;
    let mut made = Vec::new();
    for _ in 0..8 {
        made.push(
            owner.control.account_create(&owner.caller, String::new()).await.unwrap().into_inner().account,
        );
    }
    owner.control.close().await;
    // The clock was wrong, or is now.
    let (clock, _hand) = Clock::held(1_000);
    world.clock = clock;
    let owner = world.open().await;
    made.push(owner.control.account_create(&owner.caller, String::new()).await.unwrap().into_inner().account);
    let listed = owner.control.account_list(&owner.caller).await.unwrap();
    let ids: Vec<_> = listed.into_iter().map(|account| account.id).collect();
    assert_eq!(ids, [vec![owner.caller.account.clone()], made].concat());
}

#[test]
fn names_have_their_alphabet_and_bounds() {
    for good in ["a", "Ann.B_c-1", &"x".repeat(64)] {
        assert_eq!(SubUserName::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "a b", "a@b", "ä", &"x".repeat(65)] {
        assert!(SubUserName::parse(bad).is_err(), "{bad:?}");
    }
    assert!(PolicyName::parse(&"x".repeat(128)).is_ok() && PolicyName::parse("a-1").is_ok());
    for bad in ["", "a_b", "a.b", &"x".repeat(129)] {
        assert!(PolicyName::parse(bad).is_err(), "{bad:?}");
    }
}
