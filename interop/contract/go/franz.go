package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

var franzGo = map[string]command{
	"hello":     func(asked) (answer, error) { return version("github.com/twmb/franz-go") },
	"produce":   franzProduce,
	"read":      franzRead,
	"consume":   franzConsume,
	"copy":      franzCopy,
	"join":      franzJoin,
	"seen":      seen,
	"leave":     leave,
	"create":    franzCreate,
	"describe":  franzDescribe,
	"alter":     franzAlter,
	"grow":      franzGrow,
	"delete":    franzDelete,
	"groups":    franzGroups,
	"group":     franzGroup,
	"committed": franzCommitted,
}

func franzSettings(at place, more ...kgo.Opt) []kgo.Opt {
	settings := []kgo.Opt{kgo.SeedBrokers(at.Endpoint), kgo.RecordPartitioner(kgo.ManualPartitioner())}
	var login sasl.Mechanism
	switch scramAs := (scram.Auth{User: at.User, Pass: at.Password}); at.Mechanism {
	case "PLAIN":
		login = plain.Auth{User: at.User, Pass: at.Password}.AsMechanism()
	case "SCRAM-SHA-256":
		login = scramAs.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		login = scramAs.AsSha512Mechanism()
	}
	if login != nil {
		settings = append(settings, kgo.SASL(login))
	}
	return append(settings, more...)
}

func franzRefused(err error) error {
	var code *kerr.Error
	if errors.As(err, &code) {
		return &refused{int(code.Code), err.Error()}
	}
	return err
}

func franzRecord(topic string, one record) *kgo.Record {
	sent := &kgo.Record{Topic: topic, Partition: one.Partition, Key: one.Key, Value: one.Value}
	for _, named := range one.Headers {
		sent.Headers = append(sent.Headers, kgo.RecordHeader{Key: named.name, Value: named.content})
	}
	return sent
}

func franzReceived(one *kgo.Record) record {
	came := record{one.Partition, one.Offset, one.Key, one.Value, headers{}}
	for _, named := range one.Headers {
		came.Headers = append(came.Headers, header{named.Key, named.Value})
	}
	return came
}

func franzProduce(what asked) (answer, error) {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	client, err := kgo.NewClient(franzSettings(what.At, kgo.ProducerBatchCompression(codecs[what.Codec]))...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	sent := []*kgo.Record{}
	for _, one := range what.Records {
		sent = append(sent, franzRecord(what.Topic, one))
	}
	if err := client.ProduceSync(context.Background(), sent...).FirstErr(); err != nil {
		return nil, franzRefused(err)
	}
	offsets := []int64{}
	for _, one := range sent {
		offsets = append(offsets, one.Offset)
	}
	return answer{"offsets": offsets}, nil
}

// franzTake polls until there are as many as wanted.
func franzTake(poll func(context.Context, int) kgo.Fetches, count int) ([]*kgo.Record, error) {
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	taken := []*kgo.Record{}
	for len(taken) < count {
		fetches := poll(within, count-len(taken))
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("got %d of %d records: %w", len(taken), count, err)
		}
		taken = append(taken, fetches.Records()...)
	}
	return taken, nil
}

func franzAnswer(taken []*kgo.Record) answer {
	came := []record{}
	for _, one := range taken {
		came = append(came, franzReceived(one))
	}
	return answer{"records": came}
}

func franzRead(what asked) (answer, error) {
	isolation := kgo.ReadUncommitted()
	if what.Committed {
		isolation = kgo.ReadCommitted()
	}
	from := map[string]map[int32]kgo.Offset{what.Topic: {what.Partition: kgo.NewOffset().At(what.Offset)}}
	client, err := kgo.NewClient(franzSettings(what.At, kgo.ConsumePartitions(from), kgo.FetchIsolationLevel(isolation))...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	taken, err := franzTake(client.PollRecords, what.Count)
	return franzAnswer(taken), err
}

func franzMember(what asked, topic string, more ...kgo.Opt) []kgo.Opt {
	settings := franzSettings(what.At, kgo.ConsumerGroup(what.Group), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	return append(settings, more...)
}

func franzConsume(what asked) (answer, error) {
	client, err := kgo.NewClient(franzMember(what, what.Topic)...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	taken, err := franzTake(client.PollRecords, what.Count)
	if err != nil {
		return nil, err
	}
	return franzAnswer(taken), client.CommitRecords(context.Background(), taken...)
}

func franzCopy(what asked) (answer, error) {
	session, err := kgo.NewGroupTransactSession(franzMember(what, what.From, kgo.TransactionalID(what.ID),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets())...)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	taken, err := franzTake(session.PollRecords, what.Count)
	if err != nil {
		return nil, err
	}
	if err := session.Begin(); err != nil {
		return nil, err
	}
	for _, one := range taken {
		if err := session.ProduceSync(context.Background(), franzRecord(what.To, franzReceived(one))).FirstErr(); err != nil {
			return nil, err
		}
	}
	committed, err := session.End(context.Background(), kgo.TransactionEndTry(what.Commit))
	if err == nil && committed != what.Commit {
		err = fmt.Errorf("the session ended the other way")
	}
	return answer{}, err
}

func franzJoin(what asked) (answer, error) {
	noted := &member{}
	partitions := map[int32]bool{}
	dealt := func(are bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, changed map[string][]int32) {
			for _, partition := range changed[what.Topic] {
				partitions[partition] = are
			}
			held := []int32{}
			for partition, is := range partitions {
				if is {
					held = append(held, partition)
				}
			}
			noted.assign(held)
		}
	}
	settings := franzMember(what, what.Topic, kgo.OnPartitionsAssigned(dealt(true)),
		kgo.OnPartitionsRevoked(dealt(false)), kgo.OnPartitionsLost(dealt(false)), kgo.BlockRebalanceOnPoll())
	if what.Newer {
		settings = append(settings, kgo.ServerSideBalancer(), kgo.Balancers(kgo.RangeBalancer()))
	}
	client, err := kgo.NewClient(settings...)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		for within.Err() == nil {
			taken := client.PollFetches(within).Records()
			if err := client.CommitRecords(context.Background(), taken...); err != nil {
				ended <- err
				return
			}
			for _, one := range taken {
				noted.note(one.Partition, one.Offset)
			}
			client.AllowRebalance()
		}
		client.CloseAllowingRebalance()
		ended <- nil
	}()
	noted.stop = func() error {
		cancel()
		return <-ended
	}
	members[what.Member] = noted
	return answer{}, nil
}

// franzAdmin does one thing as an administrator.
func franzAdmin(what asked, work func(context.Context, *kadm.Client, answer) error) (answer, error) {
	client, err := kgo.NewClient(franzSettings(what.At)...)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	within, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	told := answer{}
	return told, franzRefused(work(within, kadm.NewClient(client), told))
}

func franzCreate(what asked) (answer, error) {
	settings := map[string]*string{}
	for name, value := range what.Settings {
		settings[name] = &value
	}
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, _ answer) error {
		_, err := admin.CreateTopic(within, what.Partitions, 1, settings, what.Topic)
		return err
	})
}

func franzDescribe(what asked) (answer, error) {
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, told answer) error {
		topics, err := admin.ListTopics(within, what.Topic)
		if err != nil {
			return err
		}
		resources, err := admin.DescribeTopicConfigs(within, what.Topic)
		if err != nil {
			return err
		}
		settings := map[string]string{}
		for _, one := range resources[0].Configs {
			settings[one.Key] = one.MaybeValue()
		}
		told["partitions"], told["settings"] = len(topics[what.Topic].Partitions), settings
		return resources[0].Err
	})
}

func franzAlter(what asked) (answer, error) {
	changes := []kadm.AlterConfig{}
	for name, value := range what.Settings {
		changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value})
	}
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, _ answer) error {
		done, err := admin.AlterTopicConfigs(within, changes, what.Topic)
		if err != nil {
			return err
		}
		return done[0].Err
	})
}

func franzGrow(what asked) (answer, error) {
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, _ answer) error {
		done, err := admin.UpdatePartitions(within, int(what.Partitions), what.Topic)
		if err != nil {
			return err
		}
		return done[what.Topic].Err
	})
}

func franzDelete(what asked) (answer, error) {
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, _ answer) error {
		_, err := admin.DeleteTopic(within, what.Topic)
		return err
	})
}

func franzGroups(what asked) (answer, error) {
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, told answer) error {
		listed, err := admin.ListGroups(within)
		told["groups"] = listed.Groups()
		return err
	})
}

func franzGroup(what asked) (answer, error) {
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, told answer) error {
		described, err := admin.DescribeGroups(within, what.Group)
		if err != nil {
			return err
		}
		one := described[what.Group]
		told["state"], told["members"] = one.State, len(one.Members)
		return one.Err
	})
}

func franzCommitted(what asked) (answer, error) {
	return franzAdmin(what, func(within context.Context, admin *kadm.Client, told answer) error {
		found, err := admin.FetchOffsets(within, what.Group)
		offsets := map[int32]int64{}
		for partition, offset := range found[what.Topic] {
			offsets[partition] = offset.At
		}
		told["offsets"] = offsets
		return err
	})
}
