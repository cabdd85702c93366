package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// kafkaGo has no transactions: the library only encodes their requests.
var kafkaGo = map[string]command{
	"hello":     func(asked) (answer, error) { return version("github.com/segmentio/kafka-go") },
	"produce":   kafkaGoProduce,
	"read":      kafkaGoRead,
	"consume":   kafkaGoConsume,
	"join":      kafkaGoJoin,
	"seen":      seen,
	"leave":     leave,
	"create":    kafkaGoCreate,
	"describe":  kafkaGoDescribe,
	"alter":     kafkaGoAlter,
	"grow":      kafkaGoGrow,
	"delete":    kafkaGoDelete,
	"groups":    kafkaGoGroups,
	"group":     kafkaGoGroup,
	"committed": kafkaGoCommitted,
}

// kafkaGoPoll is how long a fetch waits: the default would hold back everything that ends a reader.
const kafkaGoPoll = 200 * time.Millisecond

func kafkaGoLogin(at place) (sasl.Mechanism, error) {
	switch at.Mechanism {
	case "PLAIN":
		return plain.Mechanism{Username: at.User, Password: at.Password}, nil
	case "SCRAM-SHA-256":
		return scram.Mechanism(scram.SHA256, at.User, at.Password)
	case "SCRAM-SHA-512":
		return scram.Mechanism(scram.SHA512, at.User, at.Password)
	}
	return nil, nil
}

// kafkaGoTransport is what the writer and the client send through; the reader has a dialer.
func kafkaGoTransport(at place) (*kafka.Transport, error) {
	login, err := kafkaGoLogin(at)
	return &kafka.Transport{SASL: login}, err
}

func kafkaGoDialer(at place) (*kafka.Dialer, error) {
	login, err := kafkaGoLogin(at)
	return &kafka.Dialer{Timeout: patience, SASLMechanism: login}, err
}

func kafkaGoRefused(err error) error {
	var code kafka.Error
	if errors.As(err, &code) {
		return &refused{int(code), err.Error()}
	}
	return err
}

func kafkaGoReceived(one kafka.Message) record {
	came := record{int32(one.Partition), one.Offset, one.Key, one.Value, headers{}}
	for _, named := range one.Headers {
		came.Headers = append(came.Headers, header{named.Key, named.Value})
	}
	return came
}

func kafkaGoProduce(what asked) (answer, error) {
	transport, err := kafkaGoTransport(what.At)
	if err != nil {
		return nil, err
	}
	defer transport.CloseIdleConnections()
	codecs := map[string]kafka.Compression{
		"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
	}
	offsets := make([]int64, len(what.Records))
	writer := kafka.Writer{
		Addr: kafka.TCP(what.At.Endpoint), Topic: what.Topic, Transport: transport,
		RequiredAcks: kafka.RequireAll, Compression: codecs[what.Codec], BatchTimeout: 5 * time.Millisecond,
		// A message may not name its partition; where it is in the list goes along with it.
		Balancer: kafka.BalancerFunc(func(one kafka.Message, _ ...int) int {
			return int(what.Records[one.WriterData.(int)].Partition)
		}),
		Completion: func(sent []kafka.Message, err error) {
			for _, one := range sent {
				offsets[one.WriterData.(int)] = one.Offset
			}
		},
	}
	sent := []kafka.Message{}
	for number, one := range what.Records {
		message := kafka.Message{Key: one.Key, Value: one.Value, WriterData: number}
		for _, named := range one.Headers {
			message.Headers = append(message.Headers, kafka.Header{Key: named.name, Value: named.content})
		}
		sent = append(sent, message)
	}
	err = writer.WriteMessages(context.Background(), sent...)
	// Closing waits for the completions.
	return answer{"offsets": offsets}, kafkaGoRefused(errors.Join(err, writer.Close()))
}

// kafkaGoRead fetches by itself: the reader takes what is empty for what is not there.
func kafkaGoRead(what asked) (answer, error) {
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, told answer) error {
		isolation := kafka.ReadUncommitted
		if what.Committed {
			isolation = kafka.ReadCommitted
		}
		came, next := []record{}, what.Offset
		for len(came) < what.Count {
			fetched, err := client.Fetch(within, &kafka.FetchRequest{
				Topic: what.Topic, Partition: int(what.Partition), Offset: next, MinBytes: 1, MaxBytes: 1 << 20,
				MaxWait: kafkaGoPoll, IsolationLevel: isolation,
			})
			if err != nil {
				return fmt.Errorf("got %d of %d records: %w", len(came), what.Count, err)
			}
			if fetched.Error != nil {
				return fetched.Error
			}
			for len(came) < what.Count {
				one, err := fetched.Records.ReadRecord()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return err
				}
				// A batch comes whole, whatever offset of it was asked for.
				if one.Offset < next {
					continue
				}
				key, noKey := kafka.ReadAll(one.Key)
				value, noValue := kafka.ReadAll(one.Value)
				if err := errors.Join(noKey, noValue); err != nil {
					return err
				}
				message := kafka.Message{
					Partition: int(what.Partition), Offset: one.Offset, Key: key, Value: value, Headers: one.Headers,
				}
				came, next = append(came, kafkaGoReceived(message)), one.Offset+1
			}
		}
		told["records"] = came
		return nil
	})
}

func kafkaGoConsume(what asked) (answer, error) {
	dialer, err := kafkaGoDialer(what.At)
	if err != nil {
		return nil, err
	}
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{what.At.Endpoint}, Dialer: dialer, Topic: what.Topic, GroupID: what.Group,
		StartOffset: kafka.FirstOffset, HeartbeatInterval: time.Second, MaxWait: kafkaGoPoll,
	})
	defer reader.Close()
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	taken, came := []kafka.Message{}, []record{}
	for len(taken) < what.Count {
		one, err := reader.FetchMessage(within)
		if err != nil {
			return nil, fmt.Errorf("got %d of %d records: %w", len(taken), what.Count, err)
		}
		taken, came = append(taken, one), append(came, kafkaGoReceived(one))
	}
	return answer{"records": came}, reader.CommitMessages(context.Background(), taken...)
}

// kafkaGoJoin is a member by generations, of which each tells what it was dealt; the reader of a group does not.
func kafkaGoJoin(what asked) (answer, error) {
	dialer, err := kafkaGoDialer(what.At)
	if err != nil {
		return nil, err
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: what.Group, Brokers: []string{what.At.Endpoint}, Dialer: dialer, Topics: []string{what.Topic},
		HeartbeatInterval: 500 * time.Millisecond, StartOffset: kafka.FirstOffset,
	})
	if err != nil {
		return nil, err
	}
	noted := &member{}
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			generation, err := group.Next(context.Background())
			if errors.Is(err, kafka.ErrGroupClosed) {
				return
			}
			if err != nil {
				// It tries again by itself.
				continue
			}
			held := []int32{}
			for _, dealt := range generation.Assignments[what.Topic] {
				held = append(held, int32(dealt.ID))
				generation.Start(func(within context.Context) {
					kafkaGoFollow(within, what, dialer, generation, dealt, noted)
				})
			}
			noted.assign(held)
		}
	})
	noted.stop = func() error {
		err := group.Close()
		ended.Wait()
		return err
	}
	members[what.Member] = noted
	return answer{}, nil
}

// kafkaGoFollow reads and commits one partition as long as the generation lasts.
func kafkaGoFollow(within context.Context, what asked, dialer *kafka.Dialer, generation *kafka.Generation,
	dealt kafka.PartitionAssignment, noted *member,
) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{what.At.Endpoint}, Dialer: dialer, Topic: what.Topic, Partition: dealt.ID, MaxWait: kafkaGoPoll,
	})
	defer reader.Close()
	if reader.SetOffset(dealt.Offset) != nil {
		return
	}
	for {
		one, err := reader.ReadMessage(within)
		if err != nil {
			return
		}
		next := map[string]map[int]int64{what.Topic: {dealt.ID: one.Offset + 1}}
		if generation.CommitOffsets(next) != nil {
			return
		}
		noted.note(int32(dealt.ID), one.Offset)
	}
}

// kafkaGoAdmin does one thing as an administrator.
func kafkaGoAdmin(what asked, work func(context.Context, *kafka.Client, answer) error) (answer, error) {
	transport, err := kafkaGoTransport(what.At)
	if err != nil {
		return nil, err
	}
	defer transport.CloseIdleConnections()
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	told := answer{}
	client := &kafka.Client{Addr: kafka.TCP(what.At.Endpoint), Transport: transport}
	return told, kafkaGoRefused(work(within, client, told))
}

func kafkaGoCreate(what asked) (answer, error) {
	settings := []kafka.ConfigEntry{}
	for name, value := range what.Settings {
		settings = append(settings, kafka.ConfigEntry{ConfigName: name, ConfigValue: value})
	}
	topic := kafka.TopicConfig{
		Topic: what.Topic, NumPartitions: int(what.Partitions), ReplicationFactor: 1, ConfigEntries: settings,
	}
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, _ answer) error {
		made, err := client.CreateTopics(within, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{topic}})
		if err != nil {
			return err
		}
		return made.Errors[what.Topic]
	})
}

func kafkaGoDescribe(what asked) (answer, error) {
	resource := kafka.DescribeConfigRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: what.Topic}
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, told answer) error {
		found, err := client.Metadata(within, &kafka.MetadataRequest{Topics: []string{what.Topic}})
		if err != nil {
			return err
		}
		described, err := client.DescribeConfigs(within, &kafka.DescribeConfigsRequest{
			Resources: []kafka.DescribeConfigRequestResource{resource},
		})
		if err != nil {
			return err
		}
		settings := map[string]string{}
		for _, one := range described.Resources[0].ConfigEntries {
			settings[one.ConfigName] = one.ConfigValue
		}
		told["partitions"], told["settings"] = len(found.Topics[0].Partitions), settings
		return errors.Join(found.Topics[0].Error, described.Resources[0].Error)
	})
}

func kafkaGoAlter(what asked) (answer, error) {
	changes := []kafka.IncrementalAlterConfigsRequestConfig{}
	for name, value := range what.Settings {
		changes = append(changes, kafka.IncrementalAlterConfigsRequestConfig{Name: name, Value: value})
	}
	resource := kafka.IncrementalAlterConfigsRequestResource{
		ResourceType: kafka.ResourceTypeTopic, ResourceName: what.Topic, Configs: changes,
	}
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, _ answer) error {
		done, err := client.IncrementalAlterConfigs(within, &kafka.IncrementalAlterConfigsRequest{
			Resources: []kafka.IncrementalAlterConfigsRequestResource{resource},
		})
		if err != nil {
			return err
		}
		return done.Resources[0].Error
	})
}

func kafkaGoGrow(what asked) (answer, error) {
	wanted := []kafka.TopicPartitionsConfig{{Name: what.Topic, Count: what.Partitions}}
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, _ answer) error {
		done, err := client.CreatePartitions(within, &kafka.CreatePartitionsRequest{Topics: wanted})
		if err != nil {
			return err
		}
		return done.Errors[what.Topic]
	})
}

func kafkaGoDelete(what asked) (answer, error) {
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, _ answer) error {
		gone, err := client.DeleteTopics(within, &kafka.DeleteTopicsRequest{Topics: []string{what.Topic}})
		if err != nil {
			return err
		}
		return gone.Errors[what.Topic]
	})
}

func kafkaGoGroups(what asked) (answer, error) {
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, told answer) error {
		listed, err := client.ListGroups(within, &kafka.ListGroupsRequest{})
		if err != nil {
			return err
		}
		names := []string{}
		for _, one := range listed.Groups {
			names = append(names, one.GroupID)
		}
		told["groups"] = names
		return listed.Error
	})
}

func kafkaGoGroup(what asked) (answer, error) {
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, told answer) error {
		described, err := client.DescribeGroups(within, &kafka.DescribeGroupsRequest{GroupIDs: []string{what.Group}})
		if err != nil {
			return err
		}
		found := described.Groups[0]
		told["state"], told["members"] = found.GroupState, len(found.Members)
		return found.Error
	})
}

func kafkaGoCommitted(what asked) (answer, error) {
	return kafkaGoAdmin(what, func(within context.Context, client *kafka.Client, told answer) error {
		topics, err := client.Metadata(within, &kafka.MetadataRequest{Topics: []string{what.Topic}})
		if err != nil {
			return err
		}
		partitions := []int{}
		for _, one := range topics.Topics[0].Partitions {
			partitions = append(partitions, one.ID)
		}
		found, err := client.OffsetFetch(within, &kafka.OffsetFetchRequest{
			GroupID: what.Group, Topics: map[string][]int{what.Topic: partitions},
		})
		if err != nil {
			return err
		}
		offsets := map[int]int64{}
		for _, one := range found.Topics[what.Topic] {
			if one.CommittedOffset >= 0 {
				offsets[one.Partition] = one.CommittedOffset
			}
		}
		told["offsets"] = offsets
		return found.Error
	})
}
