package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

var saramaCommands = map[string]command{
	"hello":     func(asked) (answer, error) { return version("github.com/IBM/sarama") },
	"produce":   saramaProduce,
	"read":      saramaRead,
	"consume":   saramaConsume,
	"copy":      saramaCopy,
	"join":      saramaJoin,
	"seen":      seen,
	"leave":     leave,
	"create":    saramaCreate,
	"describe":  saramaDescribe,
	"alter":     saramaAlter,
	"grow":      saramaGrow,
	"delete":    saramaDelete,
	"groups":    saramaGroups,
	"group":     saramaGroup,
	"committed": saramaCommitted,
}

func saramaSettings(at place) *sarama.Config {
	settings := sarama.NewConfig()
	settings.Version = sarama.MaxVersion
	settings.Producer.RequiredAcks = sarama.WaitForAll
	settings.Producer.Return.Successes = true
	settings.Producer.Partitioner = sarama.NewManualPartitioner
	settings.Consumer.Offsets.Initial = sarama.OffsetOldest
	settings.Consumer.Offsets.AutoCommit.Enable = false
	settings.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	if at.User != "" {
		settings.Net.SASL.Enable = true
		settings.Net.SASL.User, settings.Net.SASL.Password = at.User, at.Password
	}
	return settings
}

func saramaRefused(err error) error {
	var code sarama.KError
	if errors.As(err, &code) {
		return &refused{int(code), err.Error()}
	}
	return err
}

func saramaRecord(topic string, one record) *sarama.ProducerMessage {
	sent := &sarama.ProducerMessage{Topic: topic, Partition: one.Partition}
	// A nil slice would become an empty one inside the interface.
	if one.Key != nil {
		sent.Key = sarama.ByteEncoder(one.Key)
	}
	if one.Value != nil {
		sent.Value = sarama.ByteEncoder(one.Value)
	}
	for _, named := range one.Headers {
		sent.Headers = append(sent.Headers, sarama.RecordHeader{Key: []byte(named.name), Value: named.content})
	}
	return sent
}

func saramaReceived(one *sarama.ConsumerMessage) record {
	came := record{one.Partition, one.Offset, one.Key, one.Value, headers{}}
	for _, named := range one.Headers {
		came.Headers = append(came.Headers, header{string(named.Key), named.Value})
	}
	return came
}

func saramaProduce(what asked) (answer, error) {
	settings := saramaSettings(what.At)
	if err := settings.Producer.Compression.UnmarshalText([]byte(what.Codec)); err != nil {
		return nil, err
	}
	producer, err := sarama.NewSyncProducer([]string{what.At.Endpoint}, settings)
	if err != nil {
		return nil, saramaRefused(err)
	}
	defer producer.Close()
	sent := []*sarama.ProducerMessage{}
	for _, one := range what.Records {
		sent = append(sent, saramaRecord(what.Topic, one))
	}
	if err := producer.SendMessages(sent); err != nil {
		return nil, saramaRefused(err)
	}
	offsets := []int64{}
	for _, one := range sent {
		offsets = append(offsets, one.Offset)
	}
	return answer{"offsets": offsets}, nil
}

func saramaRead(what asked) (answer, error) {
	settings := saramaSettings(what.At)
	if what.Committed {
		settings.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	consumer, err := sarama.NewConsumer([]string{what.At.Endpoint}, settings)
	if err != nil {
		return nil, saramaRefused(err)
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(what.Topic, what.Partition, what.Offset)
	if err != nil {
		return nil, saramaRefused(err)
	}
	defer partition.Close()
	came := []record{}
	late := time.After(patience)
	for len(came) < what.Count {
		select {
		case one := <-partition.Messages():
			came = append(came, saramaReceived(one))
		case <-late:
			return nil, fmt.Errorf("got %d of %d records", len(came), what.Count)
		}
	}
	return answer{"records": came}, nil
}

// saramaTaker is a member that takes `count` records and then keeps its claims until it is told to end.
type saramaTaker struct {
	sync.Mutex
	count   int
	records []*sarama.ConsumerMessage
	taken   chan sarama.ConsumerGroupSession
}

func (*saramaTaker) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*saramaTaker) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (taker *saramaTaker) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for one := range claim.Messages() {
		taker.Lock()
		if len(taker.records) < taker.count {
			taker.records = append(taker.records, one)
			if len(taker.records) == taker.count {
				taker.taken <- session
			}
		}
		taker.Unlock()
	}
	return nil
}

// saramaTake joins a group, takes records, has them used and leaves.
func saramaTake(what asked, topic string, use func(sarama.ConsumerGroupSession, []*sarama.ConsumerMessage) error) ([]*sarama.ConsumerMessage, error) {
	settings := saramaSettings(what.At)
	settings.Consumer.IsolationLevel = sarama.ReadCommitted
	group, err := sarama.NewConsumerGroup([]string{what.At.Endpoint}, what.Group, settings)
	if err != nil {
		return nil, saramaRefused(err)
	}
	defer group.Close()
	taker := &saramaTaker{count: what.Count, taken: make(chan sarama.ConsumerGroupSession, 1)}
	within, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- group.Consume(within, []string{topic}, taker) }()
	select {
	case session := <-taker.taken:
		err = use(session, taker.records)
	case err = <-ended:
		cancel()
		return nil, fmt.Errorf("the session ended: %w", err)
	case <-time.After(patience):
		err = fmt.Errorf("not all of %d records came", what.Count)
	}
	cancel()
	<-ended
	return taker.records, err
}

func saramaConsume(what asked) (answer, error) {
	taken, err := saramaTake(what, what.Topic, func(session sarama.ConsumerGroupSession, records []*sarama.ConsumerMessage) error {
		for _, one := range records {
			session.MarkMessage(one, "")
		}
		session.Commit()
		return nil
	})
	came := []record{}
	for _, one := range taken {
		came = append(came, saramaReceived(one))
	}
	return answer{"records": came}, err
}

func saramaCopy(what asked) (answer, error) {
	settings := saramaSettings(what.At)
	settings.Producer.Idempotent = true
	settings.Producer.Transaction.ID = what.ID
	settings.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer([]string{what.At.Endpoint}, settings)
	if err != nil {
		return nil, saramaRefused(err)
	}
	defer producer.Close()
	_, err = saramaTake(what, what.From, func(_ sarama.ConsumerGroupSession, records []*sarama.ConsumerMessage) error {
		if err := producer.BeginTxn(); err != nil {
			return err
		}
		sent := []*sarama.ProducerMessage{}
		for _, one := range records {
			sent = append(sent, saramaRecord(what.To, saramaReceived(one)))
			if err := producer.AddMessageToTxn(one, what.Group, nil); err != nil {
				return err
			}
		}
		if err := producer.SendMessages(sent); err != nil {
			return err
		}
		if what.Commit {
			return producer.CommitTxn()
		}
		return producer.AbortTxn()
	})
	return answer{}, err
}

// saramaMember commits each record when it has noted it.
type saramaMember struct {
	*member
	topic string
}

func (noting saramaMember) Setup(session sarama.ConsumerGroupSession) error {
	noting.assign(session.Claims()[noting.topic])
	return nil
}

func (noting saramaMember) Cleanup(sarama.ConsumerGroupSession) error {
	noting.assign(nil)
	return nil
}

func (noting saramaMember) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for one := range claim.Messages() {
		noting.note(one.Partition, one.Offset)
		session.MarkMessage(one, "")
		session.Commit()
	}
	return nil
}

func saramaJoin(what asked) (answer, error) {
	group, err := sarama.NewConsumerGroup([]string{what.At.Endpoint}, what.Group, saramaSettings(what.At))
	if err != nil {
		return nil, saramaRefused(err)
	}
	noting := saramaMember{&member{}, what.Topic}
	within, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		for within.Err() == nil {
			if err := group.Consume(within, []string{what.Topic}, noting); err != nil {
				ended <- err
				return
			}
		}
		ended <- group.Close()
	}()
	noting.stop = func() error {
		cancel()
		return <-ended
	}
	members[what.Member] = noting.member
	return answer{}, nil
}

func saramaAdmin(what asked, work func(sarama.ClusterAdmin, answer) error) (answer, error) {
	admin, err := sarama.NewClusterAdmin([]string{what.At.Endpoint}, saramaSettings(what.At))
	if err != nil {
		return nil, saramaRefused(err)
	}
	defer admin.Close()
	told := answer{}
	return told, saramaRefused(work(admin, told))
}

func saramaCreate(what asked) (answer, error) {
	settings := map[string]*string{}
	for name, value := range what.Settings {
		settings[name] = &value
	}
	wanted := &sarama.TopicDetail{NumPartitions: what.Partitions, ReplicationFactor: 1, ConfigEntries: settings}
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, _ answer) error {
		return admin.CreateTopic(what.Topic, wanted, false)
	})
}

func saramaDescribe(what asked) (answer, error) {
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, told answer) error {
		topics, err := admin.DescribeTopics([]string{what.Topic})
		if err != nil {
			return err
		}
		entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: what.Topic})
		settings := map[string]string{}
		for _, one := range entries {
			settings[one.Name] = one.Value
		}
		told["partitions"], told["settings"] = len(topics[0].Partitions), settings
		return err
	})
}

func saramaAlter(what asked) (answer, error) {
	changes := map[string]sarama.IncrementalAlterConfigsEntry{}
	for name, value := range what.Settings {
		changes[name] = sarama.IncrementalAlterConfigsEntry{Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}
	}
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, _ answer) error {
		return admin.IncrementalAlterConfig(sarama.TopicResource, what.Topic, changes, false)
	})
}

func saramaGrow(what asked) (answer, error) {
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, _ answer) error {
		return admin.CreatePartitions(what.Topic, what.Partitions, nil, false)
	})
}

func saramaDelete(what asked) (answer, error) {
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, _ answer) error { return admin.DeleteTopic(what.Topic) })
}

func saramaGroups(what asked) (answer, error) {
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, told answer) error {
		listed, err := admin.ListConsumerGroups()
		names := []string{}
		for name := range listed {
			names = append(names, name)
		}
		told["groups"] = names
		return err
	})
}

func saramaGroup(what asked) (answer, error) {
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, told answer) error {
		described, err := admin.DescribeConsumerGroups([]string{what.Group})
		if err != nil {
			return err
		}
		if described[0].Err != sarama.ErrNoError {
			return described[0].Err
		}
		told["state"], told["members"] = described[0].State, len(described[0].Members)
		return nil
	})
}

func saramaCommitted(what asked) (answer, error) {
	return saramaAdmin(what, func(admin sarama.ClusterAdmin, told answer) error {
		found, err := admin.ListConsumerGroupOffsets(what.Group, nil)
		if err != nil {
			return err
		}
		offsets := map[int32]int64{}
		for partition, block := range found.Blocks[what.Topic] {
			offsets[partition] = block.Offset
		}
		told["offsets"] = offsets
		return nil
	})
}
