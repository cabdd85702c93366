//! A resource group from its making to its end.

use super::Story;

#[tokio::test]
async fn of_a_resource_group() {
    for format in ["JSON", "XML"] {
        let mut story = Story::begin(format).await;
        let account = story.world.account();
        story.name(&account, "ACCOUNT");
        let default = control::ids::ResourceGroupId::default_of(&control::ids::AccountId::new(account));
        story.name(default.as_str(), "DEFAULT");
        let make = [("Name", "payments"), ("DisplayName", "支付 <&>")];
        let [id] = story.drawn("resourcemanager", "CreateResourceGroup", &make, [("Id", "GROUP")]).await;
        let at = ("ResourceGroupId", id.as_str());
        story.seen_of("resourcemanager", "ListResourceGroups", &[("PageSize", "50")]).await;
        story.seen_of("resourcemanager", "GetResourceGroup", &[at]).await;
        story.seen_of("resourcemanager", "UpdateResourceGroup", &[at, ("NewDisplayName", "Payments")]).await;
        story.seen_of("resourcemanager", "DeleteResourceGroup", &[at]).await;
    }
}
