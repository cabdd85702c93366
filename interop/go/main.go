// One of Alibaba Cloud's Go clients behind a pipe: a JSON line {action, parameters} in, a JSON line
// {reply, typed} or {error: {code, status, message}, typed} out. The Python tests say what to call.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// server is where to call, and as whom.
type server struct {
	address, keyID, keySecret, region string
}

// callFailed is an error reply, as the client that received it understood it.
type callFailed struct {
	Code    string `json:"code"`
	Status  int    `json:"status"`
	Message string `json:"message"`
}

func (failed *callFailed) Error() string {
	return fmt.Sprintf("%s (%d): %s", failed.Code, failed.Status, failed.Message)
}

// client makes one call. Whether it had types for the action is told apart from how the call went; an error
// that is no *callFailed is a fault of this program.
type client interface {
	call(action string, parameters map[string]any) (reply any, typed bool, err error)
}

var clients = map[string]func(server) (client, error){
	"alibaba-cloud-sdk-go": newLegacy,
	"darabonba-openapi":    newCurrent,
}

type question struct {
	Action     string         `json:"action"`
	Parameters map[string]any `json:"parameters"`
}

type answer struct {
	Reply any         `json:"reply,omitempty"`
	Error *callFailed `json:"error,omitempty"`
	Typed bool        `json:"typed"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) != 4 || clients[words[0]] == nil {
		return fmt.Errorf("expected a client, host:port, a key id and a region")
	}
	caller, err := clients[words[0]](server{words[1], words[2], os.Getenv("ACCESS_KEY_SECRET"), words[3]})
	if err != nil {
		return err
	}
	lines := json.NewDecoder(bufio.NewReader(os.Stdin))
	lines.UseNumber()
	answers := json.NewEncoder(os.Stdout)
	for lines.More() {
		var asked question
		if err := lines.Decode(&asked); err != nil {
			return err
		}
		reply, typed, err := caller.call(asked.Action, asked.Parameters)
		failed, isReply := err.(*callFailed)
		if err != nil && !isReply {
			return err
		}
		if err := answers.Encode(answer{reply, failed, typed}); err != nil {
			return err
		}
	}
	return nil
}

// text is a JSON value as it goes into a query.
func text(value any) (string, error) {
	switch value := value.(type) {
	case string:
		return value, nil
	case bool, json.Number:
		return fmt.Sprint(value), nil
	}
	return "", fmt.Errorf("%v is no single value", value)
}

// flat is a request's parameters with lists and their members as `Name.1` and `Name.1.Key`.
func flat(parameters map[string]any) (map[string]string, error) {
	query := map[string]string{}
	for name, value := range parameters {
		if err := flatten(query, name, value); err != nil {
			return nil, err
		}
	}
	return query, nil
}

func flatten(query map[string]string, name string, value any) error {
	switch value := value.(type) {
	case []any:
		for index, element := range value {
			if err := flatten(query, fmt.Sprintf("%s.%d", name, index+1), element); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		for member, element := range value {
			if err := flatten(query, name+"."+member, element); err != nil {
				return err
			}
		}
		return nil
	}
	single, err := text(value)
	query[name] = single
	return err
}
