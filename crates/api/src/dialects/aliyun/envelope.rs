//! Replies as bytes: one typed reply, written as JSON or as XML.

use std::borrow::Cow;

use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Response};
use serde::Serialize;
use serde_json::Value as Json;

use super::action::{Content, Envelope};
use super::gateway;
use crate::refusal::Refusal;

/// How the caller wants to read the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    /// From the `Format` parameter; without it, what clients of the scheme expect.
    pub(crate) fn choose(parameter: Option<&str>, is_acs3: bool) -> Result<Self, Refusal> {
        match parameter {
            None | Some("") => Ok(Self::without_parameter(is_acs3)),
            Some(text) if text.eq_ignore_ascii_case("json") => Ok(Self::Json),
            Some(text) if text.eq_ignore_ascii_case("xml") => Ok(Self::Xml),
            Some(_) => Err(gateway::invalid_format()),
        }
    }

    /// For requests that name none, or are too broken to tell.
    pub(crate) fn without_parameter(is_acs3: bool) -> Self {
        if is_acs3 { Self::Json } else { Self::Xml }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json;charset=utf-8",
            Self::Xml => "application/xml;charset=utf-8",
        })
    }

    fn write<T: Serialize>(self, root: &str, value: &T) -> Result<String, String> {
        match self {
            Self::Json => serde_json::to_string(value).map_err(|error| error.to_string()),
            Self::Xml => {
                let body =
                    quick_xml::se::to_string_with_root(root, value).map_err(|error| error.to_string())?;
                Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", only_xml(&body)))
            }
        }
    }
}

/// What a reply needs beside its content.
#[derive(Clone, Copy)]
pub(crate) struct Addressee<'r> {
    pub(crate) format: Format,
    pub(crate) request_id: &'r str,
    /// The host as the caller wrote it.
    pub(crate) host: &'r str,
}

/// What an action says on success, beside what it returns.
#[derive(Clone, Copy)]
pub(crate) struct Success {
    /// The action's name.
    pub(crate) action: &'static str,
    /// The vendor's text, which differs between actions by a full stop.
    pub(crate) message: &'static str,
    /// Whether that text is said at all.
    pub(crate) envelope: Envelope,
    /// Turns lists into another shape before they are written; none leaves them as SDKs read them.
    pub(crate) reshape: Option<fn(&mut Json)>,
}

/// Room for a reply of a usual length, in bytes.
const REPLY_USUAL: usize = 1024;

/// What stands before the content.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Head<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
    request_id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<Said>,
}

/// That it succeeded, in the words of the action.
#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum Said {
    Word(bool),
    Number(u8),
}

#[derive(Serialize)]
struct SuccessBody<'r> {
    #[serde(flatten)]
    head: Head<'r>,
    #[serde(flatten)]
    content: Json,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorBody<'r> {
    request_id: &'r str,
    host_id: &'r str,
    code: String,
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recommend: Option<&'r str>,
}

/// Writes a success.
pub(crate) fn success(success: Success, content: &dyn Content, to: Addressee<'_>) -> Response<Full<Bytes>> {
    match write_success(success, content, to) {
        Ok(text) => respond(StatusCode::OK, text, to),
        Err(error) => {
            tracing::error!(action = success.action, error, "a reply could not be written");
            refusal(&gateway::internal_error(), to)
        }
    }
}

fn write_success(success: Success, content: &dyn Content, to: Addressee<'_>) -> Result<Vec<u8>, String> {
    let Success { action, message, envelope, reshape } = success;
    let full = |said| Head {
        code: Some(200),
        message: Some(message),
        request_id: to.request_id,
        success: Some(said),
    };
    let head = match envelope {
        Envelope::Full => full(Said::Word(true)),
        Envelope::FullInNumbers => full(Said::Number(1)),
        Envelope::RequestId => Head { code: None, message: None, request_id: to.request_id, success: None },
    };
    let as_text = |error: serde_json::Error| error.to_string();
    if to.format == Format::Json && reshape.is_none() {
        return join_objects(&head, content).map_err(as_text);
    }
    let mut content = content.to_tree().map_err(as_text)?;
    if let Some(reshape) = reshape {
        reshape(&mut content);
    }
    to.format.write(&format!("{action}Response"), &SuccessBody { head, content }).map(String::into_bytes)
}

/// One JSON object with the members of two. Most replies are joined so: to carry a long list through a tree only to
/// put four members before it would cost more than all the rest.
fn join_objects(head: &Head<'_>, content: &dyn Content) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = Vec::with_capacity(REPLY_USUAL);
    serde_json::to_writer(&mut text, head)?;
    // Instead of the end of the one and the beginning of the other there is a comma, if the other has members.
    text.pop();
    let joint = text.len();
    content.write(&mut text)?;
    if text[joint..] == *b"{}" {
        text.remove(joint);
    } else {
        text[joint] = b',';
    }
    Ok(text)
}

/// Writes a refusal.
pub(crate) fn refusal(refusal: &Refusal, to: Addressee<'_>) -> Response<Full<Bytes>> {
    let body = ErrorBody {
        request_id: to.request_id,
        host_id: to.host,
        code: refusal.code.to_string(),
        message: &refusal.message,
        recommend: refusal.recommend.as_deref(),
    };
    let text = to.format.write("Error", &body).expect("texts can be written in any format");
    let mut response = respond(refusal.status, text.into_bytes(), to);
    let headers = response.headers_mut();
    if let Some(wait_ms) = refusal.retry_after_ms {
        headers.insert("x-acs-retry-after", wait_ms.into());
    }
    if refusal.close {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn respond(status: StatusCode, text: Vec<u8>, to: Addressee<'_>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(CONTENT_TYPE, to.format.content_type());
    let request_id = HeaderValue::from_str(to.request_id).expect("a request id is plain text");
    headers.insert("x-acs-request-id", request_id);
    response
}

/// Replaces what XML 1.0 cannot carry in any form. Remarks and tags may hold control characters, which JSON
/// escapes; a document that no parser reads would hide all the rest of the reply.
fn only_xml(text: &str) -> Cow<'_, str> {
    let forbidden = |character: char| {
        let is_control = character < ' ' && !matches!(character, '\t' | '\n' | '\r');
        is_control || matches!(character, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(forbidden) {
        Cow::Owned(text.replace(forbidden, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Which shape lists have in replies, where the vendor's SDKs and the vendor's document differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListShape {
    /// As every SDK, the CLI and Terraform read them.
    #[default]
    Sdk,
    /// As the document's examples print them, for clients that were written from it.
    Document,
}

/// A list in its wrapper, `"TopicList":{"TopicVO":[…]}`: every client of this cloud expects the name between
/// the list and its items, though the vendor's documents leave it out of some examples.
macro_rules! list_of {
    ($($(#[$meta:meta])* $visibility:vis struct $name:ident: $wire:literal [$item:ty];)+) => { $(
        $(#[$meta])*
        #[derive(serde::Serialize)]
        $visibility struct $name {
            #[serde(rename = $wire)]
            pub(crate) items: Vec<$item>,
        }

        impl FromIterator<$item> for $name {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                Self { items: items.into_iter().collect() }
            }
        }
    )+ };
}

pub(crate) use list_of;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TO_XML: Addressee<'_> = Addressee { format: Format::Xml, request_id: "R", host: "h:1" };
    const TO_JSON: Addressee<'_> = Addressee { format: Format::Json, ..TO_XML };
    const LIST: Success =
        Success { action: "List", message: "operation success.", envelope: Envelope::Full, reshape: None };

    async fn text(response: Response<Full<Bytes>>) -> String {
        use http_body_util::BodyExt;
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn one_content_in_both_formats() {
        let content = json!({
            "Total": 2,
            "Things": {"Thing": [{"Name": "a<b", "Open": true}, {"Name": "中", "Tags": {"TagVO": []}}]},
            "Addresses": ["10.0.0.0/8", "::1"],
            "Empty": "",
        });
        assert_eq!(
            text(success(LIST, &content, TO_JSON)).await,
            r#"{"Code":200,"Message":"operation success.","RequestId":"R","Success":true,"Total":2,"#
                .to_owned()
                + r#""Things":{"Thing":[{"Name":"a<b","Open":true},{"Name":"中","Tags":{"TagVO":[]}}]},"#
                + r#""Addresses":["10.0.0.0/8","::1"],"Empty":""}"#
        );
        assert_eq!(
            text(success(LIST, &content, TO_XML)).await,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListResponse><Code>200</Code>".to_owned()
                + "<Message>operation success.</Message><RequestId>R</RequestId><Success>true</Success>"
                + "<Total>2</Total><Things><Thing><Name>a&lt;b</Name><Open>true</Open></Thing>"
                + "<Thing><Name>中</Name><Tags/></Thing></Things>"
                + "<Addresses>10.0.0.0/8</Addresses><Addresses>::1</Addresses><Empty/></ListResponse>"
        );
    }

    #[tokio::test]
    async fn a_reply_with_nothing_but_its_request_id() {
        let bare = Success { envelope: Envelope::RequestId, ..LIST };
        assert_eq!(text(success(bare, &json!({}), TO_JSON)).await, r#"{"RequestId":"R"}"#);
        assert_eq!(
            text(success(bare, &json!({ "NextToken": "" }), TO_XML)).await,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListResponse><RequestId>R</RequestId><NextToken/></ListResponse>"
        );
    }

    #[tokio::test]
    async fn a_refusal_in_both_formats() {
        let refused = gateway::throttled(crate::rate::Throttled { wait_ms: 750 });
        let response = refusal(&refused, TO_JSON);
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()["x-acs-retry-after"], "750");
        assert_eq!(response.headers()["x-acs-request-id"], "R");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json;charset=utf-8");
        assert_eq!(
            text(response).await,
            r#"{"RequestId":"R","HostId":"h:1","Code":"Throttling.User","Message":"Request was denied due to user flow control."}"#
        );
        let response = refusal(&gateway::missing("Topic"), TO_XML);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/xml;charset=utf-8");
        assert_eq!(
            text(response).await,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><RequestId>R</RequestId><HostId>h:1</HostId>\
             <Code>MissingTopic</Code><Message>Topic is mandatory for this action.</Message></Error>"
        );
    }

    #[tokio::test]
    async fn xml_stays_well_formed_whatever_the_text() {
        let content = json!({ "Remark": "a\u{0}b\u{1f}c\td]]>&<" });
        let text = text(success(LIST, &content, TO_XML)).await;
        assert!(text.contains("a\u{fffd}b\u{fffd}c\td]]&gt;&amp;&lt;"), "{text}");
    }

    #[test]
    fn the_format_follows_the_parameter_then_the_scheme() {
        for (parameter, is_acs3, expected) in [
            (Some("json"), false, Some(Format::Json)),
            (Some("XmL"), true, Some(Format::Xml)),
            (None, false, Some(Format::Xml)),
            (Some(""), false, Some(Format::Xml)),
            (None, true, Some(Format::Json)),
            (Some("yaml"), true, None),
        ] {
            assert_eq!(Format::choose(parameter, is_acs3).ok(), expected, "{parameter:?} {is_acs3}");
        }
    }
}
