// Kafka clients of Go behind the commands of ../README.md: a JSON line in, a JSON line out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

const patience = 30 * time.Second

type place struct {
	Endpoint, User, Password, Mechanism string
}

// asked has the parameters of every command.
type asked struct {
	Do                                        string
	At                                        place
	Topic, Codec, Group, Member, From, To, ID string
	Records                                   []record
	Partition, Partitions                     int32
	Offset                                    int64
	Count                                     int
	Committed, Newer, Commit                  bool
	Settings                                  map[string]string
}

// record has bytes as base64 and null, which is what this language makes of them.
type record struct {
	Partition int32   `json:"partition"`
	Offset    int64   `json:"offset"`
	Key       []byte  `json:"key"`
	Value     []byte  `json:"value"`
	Headers   headers `json:"headers"`
}

type headers []header

type header struct {
	name    string
	content []byte
}

func (one header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{one.name, one.content}) }

func (one *header) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&one.name, &one.content})
}

// refused is the library's own error, with Kafka's code for it.
type refused struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (told *refused) Error() string { return told.Message }

type answer map[string]any

type command func(asked) (answer, error)

var libraries = map[string]map[string]command{"franz-go": franzGo, "kafka-go": kafkaGo, "sarama": saramaCommands}

// member is what a member of a group notes of itself.
type member struct {
	sync.Mutex
	assigned []int32
	records  [][2]int64
	stop     func() error
}

var members = map[string]*member{}

func (noted *member) assign(partitions []int32) {
	noted.Lock()
	defer noted.Unlock()
	noted.assigned = append([]int32{}, partitions...)
}

func (noted *member) note(partition int32, offset int64) {
	noted.Lock()
	defer noted.Unlock()
	noted.records = append(noted.records, [2]int64{int64(partition), offset})
}

func seen(what asked) (answer, error) {
	noted := members[what.Member]
	noted.Lock()
	defer noted.Unlock()
	return answer{"assigned": append([]int32{}, noted.assigned...), "records": append([][2]int64{}, noted.records...)}, nil
}

func leave(what asked) (answer, error) {
	return answer{}, members[what.Member].stop()
}

// version is that of a module this was built with.
func version(module string) (answer, error) {
	built, _ := debug.ReadBuildInfo()
	for _, one := range built.Deps {
		if one.Path == module {
			return answer{"version": one.Version[1:]}, nil
		}
	}
	return nil, fmt.Errorf("not built with %s", module)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) != 1 || libraries[words[0]] == nil {
		return fmt.Errorf("expected a library")
	}
	commands := libraries[words[0]]
	lines := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	for lines.More() {
		var what asked
		if err := lines.Decode(&what); err != nil {
			return err
		}
		told, err := commands[what.Do](what)
		if reason, isRefusal := err.(*refused); isRefusal {
			told = answer{"error": reason}
		} else if err != nil {
			return fmt.Errorf("%s: %w", what.Do, err)
		}
		if err := answers.Encode(told); err != nil {
			return err
		}
	}
	return nil
}
