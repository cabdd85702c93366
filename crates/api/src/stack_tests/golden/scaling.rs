//! A serverless instance with a rule that raises what is reserved for it.

use super::{Story, example};

#[tokio::test]
async fn of_scaling() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let id = story.world.serverless().await;
        story.name(&id, "INSTANCE");
        for action in [
            "CreateScheduledScalingRule",
            "GetAutoScalingConfiguration",
            "ModifyScheduledScalingRule",
            "DeleteScheduledScalingRule",
        ] {
            let mut parameters = example(action);
            parameters.retain(|(name, _)| *name != "InstanceId");
            parameters.push(("InstanceId", &id));
            story.seen(action, &parameters).await;
        }
    }
}
