// franz-go. The command line is described in ../../python/contract.py.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"klamm/clients/contract"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func client(bootstrap string, options ...kgo.Opt) *kgo.Client {
	if os.Getenv("KLAMM_TEST_TLS") != "" {
		options = append(options, kgo.DialTLS())
	}
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(bootstrap))...)
	contract.Check(err)
	return client
}

func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), contract.Deadline)
}

func produce(bootstrap string, _ []string) {
	ctx, cancel := bounded()
	defer cancel()
	clients := map[string]*kgo.Client{}
	records := contract.RecordsIn()
	for index := range records {
		record := &records[index]
		if clients[record.Codec] == nil {
			clients[record.Codec] = client(bootstrap,
				kgo.ProducerBatchCompression(codecs[record.Codec]),
				kgo.RecordPartitioner(kgo.ManualPartitioner()),
				kgo.ProducerLinger(20*time.Millisecond))
		}
		sent := &kgo.Record{
			Topic: record.Topic, Partition: record.Partition, Key: record.Key, Value: record.Value,
			Timestamp: time.UnixMilli(record.Timestamp),
		}
		for _, header := range record.Headers {
			sent.Headers = append(sent.Headers, kgo.RecordHeader{Key: header.Name, Value: header.Value})
		}
		clients[record.Codec].Produce(ctx, sent, func(sent *kgo.Record, err error) {
			contract.Check(err)
			record.Offset = sent.Offset
		})
	}
	for _, client := range clients {
		contract.Check(client.Flush(ctx))
		client.Close()
	}
	for _, record := range records {
		contract.Out(map[string]any{
			"topic": record.Topic, "partition": record.Partition, "offset": record.Offset,
		})
	}
}

func outRecord(record *kgo.Record) {
	headers := []contract.Header{}
	for _, header := range record.Headers {
		headers = append(headers, contract.Header{Name: header.Key, Value: header.Value})
	}
	contract.Out(contract.Record{
		Topic: record.Topic, Partition: record.Partition, Offset: record.Offset,
		Timestamp: record.Timestamp.UnixMilli(), Key: record.Key, Value: record.Value,
		Headers: headers,
	})
}

func inGroup(bootstrap, group, topic string, options ...kgo.Opt) *kgo.Client {
	return client(bootstrap, append(options,
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
}

func consume(bootstrap string, arguments []string) {
	ctx, cancel := bounded()
	defer cancel()
	client := inGroup(bootstrap, arguments[0], arguments[1])
	var done []*kgo.Record
	for left := contract.Number(arguments[2]); left > 0; {
		fetches := client.PollRecords(ctx, left)
		contract.Check(fetches.Err())
		for _, record := range fetches.Records() {
			outRecord(record)
			done = append(done, record)
			left--
		}
	}
	contract.Check(client.CommitRecords(ctx, done...))
	client.Close()
}

func member(bootstrap string, arguments []string) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := contract.StdinEnded()
	go func() {
		<-ended
		cancel()
	}()
	topic := arguments[1]
	tell := func(gained bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, changed map[string][]int32) {
			if gained {
				contract.OutAssigned(changed[topic])
			} else {
				contract.OutAssigned(nil)
			}
		}
	}
	client := inGroup(bootstrap, arguments[0], topic,
		kgo.Balancers(kgo.RangeBalancer()),
		kgo.OnPartitionsAssigned(tell(true)), kgo.OnPartitionsRevoked(tell(false)))
	for ctx.Err() == nil {
		records := client.PollFetches(ctx).Records()
		for _, record := range records {
			outRecord(record)
		}
		contract.Check(client.CommitRecords(context.Background(), records...))
	}
	client.Close()
}

func offsets(bootstrap string, arguments []string) {
	ctx, cancel := bounded()
	defer cancel()
	client := client(bootstrap)
	admin, topic, partition := kadm.NewClient(client), arguments[0], int32(contract.Number(arguments[1]))
	for _, at := range contract.LookupsIn() {
		var listed kadm.ListedOffsets
		var err error
		switch at.Name {
		case "earliest":
			listed, err = admin.ListStartOffsets(ctx, topic)
		case "latest":
			listed, err = admin.ListEndOffsets(ctx, topic)
		default:
			listed, err = lookup(ctx, client, topic, partition, at.Millis)
		}
		contract.Check(err)
		found, _ := listed.Lookup(topic, partition)
		contract.Check(found.Err)
		contract.OutOffset(at, found.Offset)
	}
	client.Close()
}

// lookup asks for the offset itself: kadm answers "none" with the end offset.
func lookup(
	ctx context.Context, client *kgo.Client, topic string, partition int32, millis int64,
) (kadm.ListedOffsets, error) {
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID = -1
	asked := kmsg.NewListOffsetsRequestTopicPartition()
	asked.Partition, asked.Timestamp = partition, millis
	ofTopic := kmsg.NewListOffsetsRequestTopic()
	ofTopic.Topic, ofTopic.Partitions = topic, append(ofTopic.Partitions, asked)
	request.Topics = append(request.Topics, ofTopic)
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return nil, err
	}
	answer := response.Topics[0].Partitions[0]
	return kadm.ListedOffsets{topic: {partition: {
		Topic: topic, Partition: partition, Offset: answer.Offset, Timestamp: answer.Timestamp,
	}}}, nil
}

func metadata(bootstrap string, arguments []string) {
	ctx, cancel := bounded()
	defer cancel()
	client := client(bootstrap)
	admin := kadm.NewClient(client)
	described, err := admin.Metadata(ctx, arguments[1])
	contract.Check(err)
	var addresses []string
	for _, broker := range described.Brokers {
		addresses = append(addresses, fmt.Sprintf("%s:%d", broker.Host, broker.Port))
	}
	contract.OutAddresses("metadata", addresses...)
	coordinator := admin.FindGroupCoordinators(ctx, arguments[0])[arguments[0]]
	contract.Check(coordinator.Err)
	contract.OutAddresses("coordinator", fmt.Sprintf("%s:%d", coordinator.Host, coordinator.Port))
	cluster, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(ctx, client)
	contract.Check(err)
	addresses = nil
	for _, broker := range cluster.Brokers {
		addresses = append(addresses, fmt.Sprintf("%s:%d", broker.Host, broker.Port))
	}
	contract.OutAddresses("cluster", addresses...)
	client.Close()
}

func main() {
	contract.Main(map[string]func(string, []string){
		"produce": produce, "consume": consume, "member": member, "offsets": offsets,
		"metadata": metadata,
	})
}
