//! What a client asks before it calls anything else.

use super::{Story, example};

#[tokio::test]
async fn of_a_client_that_starts() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        story.seen_of("location", "DescribeEndpoints", &example("DescribeEndpoints")).await;
        story.seen_of("bss", "QueryAvailableInstances", &example("QueryAvailableInstances")).await;
    }
}
