//! A walk over every action from its own description: whatever is wrong with a call, the documented answer
//! comes, in JSON and in XML. A new action is covered the day it is listed.

use super::world::{Answer, KEY_ID, World, address, form, get, post, signer, timestamp};
use crate::client::Signature;
use crate::{ActionSpec, Kind, ParameterSpec, actions};

/// What a product calls what the walk does wrong.
pub(super) struct Words {
    /// A value of the parameter of this name breaks a rule.
    pub(super) rule: fn(&str) -> &'static str,
    /// A region is not served: status and code; none where the product has no regions.
    pub(super) region: Option<(u16, &'static str)>,
}

pub(super) fn words(spec: &ActionSpec) -> Words {
    match spec.product {
        "alikafka" => {
            Words { rule: |_| "BIZ_FIELD_CHECK_INVALID", region: Some((400, "BIZ_REGION_NOT_FOUND")) }
        }
        "bss" | "location" => Words { rule: |_| "InvalidParameter", region: None },
        "ecs" => Words {
            rule: |parameter| match parameter {
                "SecurityGroupName" => "InvalidSecurityGroupName.Malformed",
                "Description" => "InvalidDescription.Malformed",
                _ => "InvalidParameter",
            },
            region: Some((400, "InvalidRegionId.NotFound")),
        },
        "kms" => Words { rule: |_| "InvalidParameter", region: Some((400, "InvalidRegionId.NotFound")) },
        "ram" | "weir" => Words {
            rule: |parameter| match parameter {
                "DisplayName" => "InvalidParameter.DisplayName.Length",
                "NewDisplayName" => "InvalidParameter.NewDisplayName.Length",
                "Comments" => "InvalidParameter.Comments.Length",
                "NewComments" => "InvalidParameter.NewComments.Length",
                "Description" => "InvalidParameter.Description.Length",
                "PolicyType" => "InvalidParameter.PolicyType",
                _ => "InvalidParameter",
            },
            region: None,
        },
        "sts" => Words { rule: |_| "InvalidParameter", region: Some((400, "InvalidRegionId.NotFound")) },
        "resourcemanager" => Words {
            rule: |parameter| match parameter {
                "Name" => "InvalidParameter.Name.Length",
                "DisplayName" | "NewDisplayName" => "InvalidParameter.DisplayName.Length",
                _ => "InvalidParameter",
            },
            region: None,
        },
        "vpc" => Words {
            rule: |parameter| match parameter {
                "VpcName" => "InvalidVpcName.Malformed",
                "VSwitchName" => "InvalidVSwitchName.Malformed",
                "RouteTableName" => "InvalidRouteTableName.Malformed",
                "Description" => "InvalidVpcDiscription.Malformed",
                _ => "InvalidParameter",
            },
            region: Some((400, "InvalidRegionId.NotFound")),
        },
        product => panic!("the walk does not know the words of {product}"),
    }
}

/// The action's own example, with one parameter changed, or taken away when the value is empty.
fn changed<'a>(spec: &'a ActionSpec, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let is_it = |given: &str| given == name || given.starts_with(&format!("{name}."));
    let mut pairs = vec![("Version", spec.version)];
    pairs.extend(spec.example.iter().copied().filter(|(given, _)| !is_it(given)));
    if !value.is_empty() {
        pairs.push((name, value));
    }
    pairs
}

fn check(answer: &Answer, expected: (u16, &str), what: &str) {
    assert_eq!(answer.outcome(), (expected.0, expected.1.to_owned()), "{what}: {}", answer.text);
    if answer.text.starts_with('{') {
        let json = answer.json();
        let text = |name: &str| json[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(text("Code") && text("Message") && text("RequestId") && text("HostId"), "{what}");
        assert_eq!(json.get("Success"), None, "{what}");
    } else {
        assert!(answer.text.starts_with("<?xml"), "{what}: {}", answer.text);
        assert!(answer.text.contains("<Error><RequestId>"), "{what}: {}", answer.text);
    }
}

/// In both formats, with POST and GET.
async fn expect(world: &World, action: &str, parameters: &[(&str, &str)], expected: (u16, &str)) {
    let what = format!("{action} {parameters:?}");
    check(&world.post(action, parameters).await, expected, &what);
    check(&world.get(action, "XML", parameters).await, expected, &what);
}

#[tokio::test]
async fn unauthenticated_calls() {
    let world = World::open().await;
    for spec in actions() {
        let action = spec.name;
        let example = changed(&spec, "", "");
        let example = example.as_slice();
        let now = world.timestamp();
        for format in ["JSON", "XML"] {
            let send = async |signer: &Signature<'_>, expected: (u16, &str)| {
                let answer = world.send(get(action, format, example, signer)).await;
                check(&answer, expected, action);
            };
            let unsigned = address(&format!("/?Action={action}&Format={format}&Version={}", spec.version));
            check(&world.send(unsigned).await, (400, "MissingAccessKeyId"), action);
            let right = signer("n", &now);
            let stranger = Signature { access_key_id: "nobody", ..right };
            send(&stranger, (404, "InvalidAccessKeyId.NotFound")).await;
            let forger = Signature { secret: b"wrong", ..right };
            send(&forger, (400, "SignatureDoesNotMatch")).await;
            let old = timestamp(world.clock.now_ms() - 901_000);
            let late = Signature { timestamp: &old, ..right };
            send(&late, (400, "InvalidTimeStamp.Expired")).await;
            // The instance of the example does not exist, but the nonce is used all the same.
            let nonce = world.nonce();
            let first = Signature { nonce: &nonce, ..right };
            let answer = world.send(get(action, format, example, &first)).await;
            assert_ne!(answer.outcome().1, "SignatureNonceUsed", "{action}");
            send(&first, (400, "SignatureNonceUsed")).await;
        }
    }
}

#[tokio::test]
async fn each_required_parameter_missing_or_empty() {
    let world = World::open().await;
    for spec in actions() {
        for parameter in spec.parameters.iter().filter(|parameter| parameter.required) {
            let code = format!("Missing{}", parameter.name);
            let mut pairs = changed(&spec, parameter.name, "");
            expect(&world, spec.name, &pairs, (400, &code)).await;
            pairs.push((parameter.name, ""));
            expect(&world, spec.name, &pairs, (400, &code)).await;
        }
    }
}

#[tokio::test]
async fn of_several_mistakes_the_first_in_the_documented_order_is_told() {
    let world = World::open().await;
    for spec in actions() {
        let required: Vec<_> = spec.parameters.iter().filter(|parameter| parameter.required).collect();
        let (Some(first), Some(last)) = (required.first(), required.last()) else { continue };
        // All missing: the first of the table.
        let code = format!("Missing{}", first.name);
        expect(&world, spec.name, &[("Version", spec.version)], (400, &code)).await;
        // The last one missing, everything else unreadable: what is missing comes first.
        let mut pairs: Vec<_> =
            spec.parameters.iter().map(|parameter| (parameter.name, wrong_type(parameter))).collect();
        pairs.retain(|(name, _)| *name != last.name);
        pairs.push(("Version", spec.version));
        let code = format!("Missing{}", last.name);
        expect(&world, spec.name, &pairs, (400, &code)).await;
    }
}

/// A text that is not of the parameter's type, or any text where every text is.
fn wrong_type(parameter: &ParameterSpec) -> &'static str {
    match parameter.kind {
        Kind::List | Kind::ObjectList => "[",
        Kind::Integer | Kind::Long | Kind::Boolean | Kind::Json | Kind::String => "{",
    }
}

#[tokio::test]
async fn each_wrong_type() {
    let world = World::open().await;
    let mut seen = 0;
    for spec in actions() {
        for parameter in spec.parameters.iter().filter(|parameter| parameter.kind != Kind::String) {
            let code = format!("Invalid{}", parameter.name);
            let pairs = changed(&spec, parameter.name, wrong_type(parameter));
            expect(&world, spec.name, &pairs, (400, &code)).await;
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} parameters have a type");
}

#[tokio::test]
async fn each_bound_crossed_by_one_and_each_choice_missed() {
    let world = World::open().await;
    let mut seen = 0;
    for spec in actions() {
        for parameter in &spec.parameters {
            for text in outside(parameter) {
                let name = match parameter.kind {
                    Kind::ObjectList if parameter.name == "Offsets" => format!("Offsets.{text}.Partition"),
                    Kind::ObjectList => format!("{}.{text}.Key", parameter.name),
                    // The bounds of a list are those of its indices, the choices those of its entries.
                    Kind::List if text.parse::<i64>().is_ok() => format!("{}.{text}", parameter.name),
                    Kind::List => format!("{}.1", parameter.name),
                    _ => parameter.name.to_owned(),
                };
                let mut pairs = changed(&spec, parameter.name, "");
                pairs.push((&name, &text));
                expect(&world, spec.name, &pairs, (400, (words(&spec).rule)(parameter.name))).await;
                seen += 1;
            }
        }
    }
    assert!(seen > 30, "only {seen} bounds were tried");
}

/// Texts just outside what the description allows.
fn outside(parameter: &ParameterSpec) -> Vec<String> {
    let mut texts = Vec::new();
    if let Some((least, greatest)) = parameter.range {
        let is_text = parameter.kind == Kind::String;
        let text = |number: i64| match is_text {
            true => "x".repeat(usize::try_from(number).unwrap()),
            false => number.to_string(),
        };
        // The empty text is an absent one, and no text is shorter than that.
        if !is_text {
            texts.push(text(least - 1));
        }
        // Beyond the greatest integer there is no integer.
        if greatest < i64::from(i32::MAX) {
            texts.push(text(greatest + 1));
        }
    }
    if !parameter.choices.is_empty() {
        texts.push(if parameter.kind == Kind::Integer { "987".into() } else { "no-such-choice".into() });
    }
    texts
}

/// Some parameters are needed in some calls only: whatever is left out, whatever else is chosen, the answer is one that
/// the action tells of. (The stack itself holds that, in every test.)
#[tokio::test]
async fn each_choice_with_each_parameter_left_out_is_answered_as_told() {
    let world = World::open().await;
    let mut seen = 0;
    for spec in actions().iter().filter(|spec| spec.parameters.iter().any(|parameter| !parameter.required)) {
        for (name, value) in chosen(spec) {
            let pairs = changed(spec, name, value);
            for left_out in &pairs[1..] {
                let rest: Vec<_> = pairs.iter().filter(|pair| *pair != left_out).copied().collect();
                let answer = world.post(spec.name, &rest).await;
                assert!(answer.status.as_u16() < 500, "{} {rest:?}: {}", spec.name, answer.text);
                seen += 1;
            }
        }
    }
    assert!(seen > 1_000, "only {seen} calls");
}

/// The example as it is, and every choice that could stand in it.
fn chosen(spec: &ActionSpec) -> Vec<(&str, &str)> {
    let mut chosen = vec![("", "")];
    for parameter in &spec.parameters {
        let choices = match parameter.kind {
            Kind::Boolean => &["true", "false"],
            _ => parameter.choices,
        };
        chosen.extend(choices.iter().map(|choice| (parameter.name, *choice)));
    }
    chosen
}

#[tokio::test]
async fn unknown_regions_and_instances() {
    let world = World::open().await;
    for spec in actions() {
        // One action's region is any text.
        let ignores_it = spec.name == "GetAllInstanceIdList";
        if let (true, Some(expected)) = (
            !ignores_it && spec.parameters.iter().any(|parameter| parameter.name == "RegionId"),
            words(&spec).region,
        ) {
            let pairs = changed(&spec, "RegionId", "cn-nowhere");
            expect(&world, spec.name, &pairs, expected).await;
        }
        if spec.parameters.iter().any(|p| p.name == "InstanceId" && p.required) {
            let example = changed(&spec, "", "");
            expect(&world, spec.name, &example, (404, "BIZ.INSTANCE.NOT.FOUND")).await;
        }
    }
}

#[tokio::test]
async fn unknown_parameters_are_signed_and_ignored() {
    let world = World::open().await;
    let region = [("RegionId", "cn-hangzhou"), ("SourceIp", "1.2.3.4"), ("SecureTransport", "true")];
    world.ok("GetInstanceList", &region).await;
    let (nonce, now) = (world.nonce(), world.timestamp());
    let signed = signer(&nonce, &now).signed_pairs(
        "POST",
        &[
            ("Action", "GetInstanceList"),
            ("Version", "2019-09-16"),
            ("Format", "JSON"),
            ("SignatureType", ""),
            region[0],
        ],
    );
    assert_eq!(world.send(form(signed)).await.outcome(), (200, "OK".into()));
    // An inactive or foreign key's action is not told apart before the key is: see the order of checks.
    let forged = Signature { access_key_id: "nobody", ..signer("m", &now) };
    let answer = world.send(post("NoSuchAction", &[], &forged)).await;
    assert_eq!(answer.outcome(), (404, "InvalidAccessKeyId.NotFound".into()));
    assert_ne!(KEY_ID, "nobody");
}
