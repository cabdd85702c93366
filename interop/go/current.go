package main

import (
	"errors"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	openapiutil "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
)

// current is `darabonba-openapi`, the core under every current Go SDK: ACS3, untyped.
type current struct {
	client *openapi.Client
}

func newCurrent(at server) (client, error) {
	made, err := openapi.NewClient(&openapiutil.Config{
		AccessKeyId:     &at.keyID,
		AccessKeySecret: &at.keySecret,
		RegionId:        &at.region,
		Endpoint:        &at.address,
		Protocol:        dara.String("HTTP"),
	})
	return &current{made}, err
}

func (caller *current) call(action string, parameters map[string]any) (any, bool, error) {
	single, err := flat(parameters)
	if err != nil {
		return nil, false, err
	}
	query := map[string]*string{}
	for name, value := range single {
		query[name] = &value
	}
	reply, err := caller.client.CallApi(
		&openapiutil.Params{
			Action:      &action,
			Version:     dara.String("2019-09-16"),
			Protocol:    dara.String("HTTP"),
			Pathname:    dara.String("/"),
			Method:      dara.String("POST"),
			AuthType:    dara.String("AK"),
			Style:       dara.String("RPC"),
			ReqBodyType: dara.String("formData"),
			BodyType:    dara.String("json"),
		},
		&openapiutil.OpenApiRequest{Query: query},
		&dara.RuntimeOptions{},
	)
	var refused *tea.SDKError
	if errors.As(err, &refused) && refused.StatusCode != nil {
		return nil, false, &callFailed{
			tea.StringValue(refused.Code), tea.IntValue(refused.StatusCode), tea.StringValue(refused.Message),
		}
	}
	if err != nil {
		return nil, false, err
	}
	return reply["body"], false, nil
}
