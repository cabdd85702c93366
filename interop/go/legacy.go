package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/alikafka"
)

// legacy is `alibaba-cloud-sdk-go`: V1. Requests and replies pass through the structures of its alikafka
// package, so a reply that they cannot hold is seen by the tests as a missing member. An action that the
// package does not have goes through CommonRequest, which is what the SDK has for that.
type legacy struct {
	server
	client *alikafka.Client
}

func newLegacy(at server) (client, error) {
	key := credentials.NewAccessKeyCredential(at.keyID, at.keySecret)
	made, err := alikafka.NewClientWithOptions(at.region, sdk.NewConfig().WithScheme("http"), key)
	return &legacy{at, made}, err
}

func (caller *legacy) call(action string, parameters map[string]any) (any, bool, error) {
	method := reflect.ValueOf(caller.client).MethodByName(action)
	if !method.IsValid() {
		reply, err := caller.common(action, parameters)
		return reply, false, err
	}
	create := legacyRequests[action]
	if create == nil {
		return nil, true, fmt.Errorf("legacy_requests.go has no line for %s", action)
	}
	request := create()
	request.SetDomain(caller.address)
	for name, value := range parameters {
		// The client itself adds RegionId to every request.
		if name == "RegionId" {
			continue
		}
		if err := assignMember(reflect.ValueOf(request).Elem(), name, value); err != nil {
			return nil, true, fmt.Errorf("%s: %w", action, err)
		}
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(request)})
	if err, _ := results[1].Interface().(error); err != nil {
		return nil, true, legacyFailure(err)
	}
	return results[0].Interface(), true, nil
}

func (caller *legacy) common(action string, parameters map[string]any) (any, error) {
	request := requests.NewCommonRequest()
	request.Method, request.Scheme, request.Domain = requests.POST, "http", caller.address
	request.Version, request.ApiName = "2019-09-16", action
	query, err := flat(parameters)
	if err != nil {
		return nil, err
	}
	request.QueryParams = query
	response, err := caller.client.ProcessCommonRequest(request)
	if err != nil {
		return nil, legacyFailure(err)
	}
	return json.RawMessage(response.GetHttpContentBytes()), nil
}

func legacyFailure(err error) error {
	var refused sdkerrors.Error
	if !errors.As(err, &refused) {
		return err
	}
	return &callFailed{refused.ErrorCode(), refused.HttpStatus(), refused.Message()}
}

// assignMember sets the member of a request that goes on the wire as `name`.
func assignMember(structure reflect.Value, name string, value any) error {
	for index := range structure.NumField() {
		if structure.Type().Field(index).Tag.Get("name") == name {
			return assign(structure.Field(index), value)
		}
	}
	return fmt.Errorf("%s has no %s", structure.Type(), name)
}

func assign(member reflect.Value, value any) error {
	switch member.Kind() {
	case reflect.Pointer:
		member.Set(reflect.New(member.Type().Elem()))
		return assign(member.Elem(), value)
	case reflect.Slice:
		elements, isList := value.([]any)
		if !isList {
			return fmt.Errorf("%v is no list", value)
		}
		member.Set(reflect.MakeSlice(member.Type(), len(elements), len(elements)))
		for index, element := range elements {
			if err := assign(member.Index(index), element); err != nil {
				return err
			}
		}
		return nil
	case reflect.Struct:
		members, isObject := value.(map[string]any)
		if !isObject {
			return fmt.Errorf("%v is no object", value)
		}
		for name, element := range members {
			if err := assignMember(member, name, element); err != nil {
				return err
			}
		}
		return nil
	}
	single, err := text(value)
	if err == nil {
		member.SetString(single)
	}
	return err
}
