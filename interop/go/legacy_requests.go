package main

import (
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/alikafka"
)

// legacyRequests makes the request of every action that the package knows. A function cannot be found by its
// name, so here they are.
var legacyRequests = map[string]func() requests.AcsRequest{
	"ChangeResourceGroup":     func() requests.AcsRequest { return alikafka.CreateChangeResourceGroupRequest() },
	"ConvertPostPayOrder":     func() requests.AcsRequest { return alikafka.CreateConvertPostPayOrderRequest() },
	"CreateAcl":               func() requests.AcsRequest { return alikafka.CreateCreateAclRequest() },
	"CreateConsumerGroup":     func() requests.AcsRequest { return alikafka.CreateCreateConsumerGroupRequest() },
	"CreatePostPayOrder":      func() requests.AcsRequest { return alikafka.CreateCreatePostPayOrderRequest() },
	"CreatePrePayOrder":       func() requests.AcsRequest { return alikafka.CreateCreatePrePayOrderRequest() },
	"CreateSaslUser":          func() requests.AcsRequest { return alikafka.CreateCreateSaslUserRequest() },
	"CreateTopic":             func() requests.AcsRequest { return alikafka.CreateCreateTopicRequest() },
	"DeleteAcl":               func() requests.AcsRequest { return alikafka.CreateDeleteAclRequest() },
	"DeleteConsumerGroup":     func() requests.AcsRequest { return alikafka.CreateDeleteConsumerGroupRequest() },
	"DeleteInstance":          func() requests.AcsRequest { return alikafka.CreateDeleteInstanceRequest() },
	"DeleteSaslUser":          func() requests.AcsRequest { return alikafka.CreateDeleteSaslUserRequest() },
	"DeleteTopic":             func() requests.AcsRequest { return alikafka.CreateDeleteTopicRequest() },
	"DescribeAcls":            func() requests.AcsRequest { return alikafka.CreateDescribeAclsRequest() },
	"DescribeSaslUsers":       func() requests.AcsRequest { return alikafka.CreateDescribeSaslUsersRequest() },
	"EnableAutoGroupCreation": func() requests.AcsRequest { return alikafka.CreateEnableAutoGroupCreationRequest() },
	"EnableAutoTopicCreation": func() requests.AcsRequest { return alikafka.CreateEnableAutoTopicCreationRequest() },
	"GetAllInstanceIdList":    func() requests.AcsRequest { return alikafka.CreateGetAllInstanceIdListRequest() },
	"GetAllowedIpList":        func() requests.AcsRequest { return alikafka.CreateGetAllowedIpListRequest() },
	"GetConsumerList":         func() requests.AcsRequest { return alikafka.CreateGetConsumerListRequest() },
	"GetConsumerProgress":     func() requests.AcsRequest { return alikafka.CreateGetConsumerProgressRequest() },
	"GetInstanceList":         func() requests.AcsRequest { return alikafka.CreateGetInstanceListRequest() },
	"GetQuotaTip":             func() requests.AcsRequest { return alikafka.CreateGetQuotaTipRequest() },
	"GetTopicList":            func() requests.AcsRequest { return alikafka.CreateGetTopicListRequest() },
	"GetTopicStatus":          func() requests.AcsRequest { return alikafka.CreateGetTopicStatusRequest() },
	"GetTopicSubscribeStatus": func() requests.AcsRequest { return alikafka.CreateGetTopicSubscribeStatusRequest() },
	"ListTagResources":        func() requests.AcsRequest { return alikafka.CreateListTagResourcesRequest() },
	"ModifyInstanceName":      func() requests.AcsRequest { return alikafka.CreateModifyInstanceNameRequest() },
	"ModifyPartitionNum":      func() requests.AcsRequest { return alikafka.CreateModifyPartitionNumRequest() },
	"ModifyTopicRemark":       func() requests.AcsRequest { return alikafka.CreateModifyTopicRemarkRequest() },
	"QueryMessage":            func() requests.AcsRequest { return alikafka.CreateQueryMessageRequest() },
	"ReleaseInstance":         func() requests.AcsRequest { return alikafka.CreateReleaseInstanceRequest() },
	"ReopenInstance":          func() requests.AcsRequest { return alikafka.CreateReopenInstanceRequest() },
	"StartInstance":           func() requests.AcsRequest { return alikafka.CreateStartInstanceRequest() },
	"StopInstance":            func() requests.AcsRequest { return alikafka.CreateStopInstanceRequest() },
	"TagResources":            func() requests.AcsRequest { return alikafka.CreateTagResourcesRequest() },
	"UntagResources":          func() requests.AcsRequest { return alikafka.CreateUntagResourcesRequest() },
	"UpdateAllowedIp":         func() requests.AcsRequest { return alikafka.CreateUpdateAllowedIpRequest() },
	"UpdateConsumerOffset":    func() requests.AcsRequest { return alikafka.CreateUpdateConsumerOffsetRequest() },
	"UpdateInstanceConfig":    func() requests.AcsRequest { return alikafka.CreateUpdateInstanceConfigRequest() },
	"UpdateTopicConfig":       func() requests.AcsRequest { return alikafka.CreateUpdateTopicConfigRequest() },
	"UpgradeInstanceVersion":  func() requests.AcsRequest { return alikafka.CreateUpgradeInstanceVersionRequest() },
	"UpgradePostPayOrder":     func() requests.AcsRequest { return alikafka.CreateUpgradePostPayOrderRequest() },
	"UpgradePrePayOrder":      func() requests.AcsRequest { return alikafka.CreateUpgradePrePayOrderRequest() },
}
