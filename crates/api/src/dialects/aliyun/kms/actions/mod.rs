//! Every action of the product, one file each. A new one adds its file and one line here.

use crate::dialects::aliyun::action::actions;

actions! {
    cancel_key_deletion: CancelKeyDeletion,
    create_alias: CreateAlias,
    create_key: CreateKey,
    decrypt: Decrypt,
    delete_alias: DeleteAlias,
    describe_key: DescribeKey,
    disable_key: DisableKey,
    enable_key: EnableKey,
    encrypt: Encrypt,
    generate_data_key: GenerateDataKey,
    list_aliases: ListAliases,
    list_aliases_by_key_id: ListAliasesByKeyId,
    list_keys: ListKeys,
    list_tag_resources: ListTagResources,
    schedule_key_deletion: ScheduleKeyDeletion,
    set_deletion_protection: SetDeletionProtection,
    tag_resources: TagResources,
    untag_resources: UntagResources,
    update_alias: UpdateAlias,
    update_key_description: UpdateKeyDescription,
    update_rotation_policy: UpdateRotationPolicy,
}
