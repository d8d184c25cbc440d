// sarama. The command line is described in ../../python/contract.py.
package main

import (
	"context"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"klamm/clients/contract"
)

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Flush.Frequency = 20 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	return config
}

func client(bootstrap string) sarama.Client {
	client, err := sarama.NewClient([]string{bootstrap}, config())
	contract.Check(err)
	return client
}

func produce(bootstrap string, _ []string) {
	byCodec := map[string][]*sarama.ProducerMessage{}
	var all []*sarama.ProducerMessage
	for _, record := range contract.RecordsIn() {
		message := &sarama.ProducerMessage{
			Topic: record.Topic, Partition: record.Partition,
			Timestamp: time.UnixMilli(record.Timestamp),
		}
		if record.Key != nil {
			message.Key = sarama.ByteEncoder(record.Key)
		}
		if record.Value != nil {
			message.Value = sarama.ByteEncoder(record.Value)
		}
		for _, header := range record.Headers {
			message.Headers = append(message.Headers,
				sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
		}
		byCodec[record.Codec] = append(byCodec[record.Codec], message)
		all = append(all, message)
	}
	for codec, messages := range byCodec {
		config := config()
		config.Producer.Compression = codecs[codec]
		producer, err := sarama.NewSyncProducer([]string{bootstrap}, config)
		contract.Check(err)
		contract.Check(producer.SendMessages(messages))
		contract.Check(producer.Close())
	}
	for _, message := range all {
		contract.Out(map[string]any{
			"topic": message.Topic, "partition": message.Partition, "offset": message.Offset,
		})
	}
}

func outMessage(message *sarama.ConsumerMessage) {
	headers := []contract.Header{}
	for _, header := range message.Headers {
		headers = append(headers, contract.Header{Name: string(header.Key), Value: header.Value})
	}
	contract.Out(contract.Record{
		Topic: message.Topic, Partition: message.Partition, Offset: message.Offset,
		Timestamp: message.Timestamp.UnixMilli(), Key: message.Key, Value: message.Value,
		Headers: headers,
	})
}

// handler prints what it reads, commits it, and ends the session after `left` records.
type handler struct {
	topic    string
	assigned bool
	mutex    sync.Mutex
	left     int
	stop     context.CancelFunc
}

func (h *handler) Setup(session sarama.ConsumerGroupSession) error {
	if h.assigned {
		contract.OutAssigned(session.Claims()[h.topic])
	}
	return nil
}

func (h *handler) Cleanup(sarama.ConsumerGroupSession) error {
	if h.assigned {
		contract.OutAssigned(nil)
	}
	return nil
}

func (h *handler) ConsumeClaim(
	session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim,
) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open || !h.take(session, message) {
				return nil
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

func (h *handler) take(session sarama.ConsumerGroupSession, message *sarama.ConsumerMessage) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.left == 0 {
		return false
	}
	outMessage(message)
	session.MarkMessage(message, "")
	h.left--
	if h.left == 0 || h.assigned {
		session.Commit()
	}
	if h.left == 0 {
		h.stop()
	}
	return true
}

func run(ctx context.Context, bootstrap, group string, handler *handler) {
	members, err := sarama.NewConsumerGroup([]string{bootstrap}, group, config())
	contract.Check(err)
	for ctx.Err() == nil {
		contract.Check(members.Consume(ctx, []string{handler.topic}, handler))
	}
	contract.Check(members.Close())
}

func consume(bootstrap string, arguments []string) {
	ctx, cancel := context.WithTimeout(context.Background(), contract.Deadline)
	handler := &handler{topic: arguments[1], left: contract.Number(arguments[2]), stop: cancel}
	run(ctx, bootstrap, arguments[0], handler)
	if handler.left > 0 {
		contract.Check(context.DeadlineExceeded)
	}
}

func member(bootstrap string, arguments []string) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := contract.StdinEnded()
	go func() {
		<-ended
		cancel()
	}()
	run(ctx, bootstrap, arguments[0],
		&handler{topic: arguments[1], left: 1 << 30, stop: cancel, assigned: true})
}

func offsets(bootstrap string, arguments []string) {
	client := client(bootstrap)
	topic, partition := arguments[0], int32(contract.Number(arguments[1]))
	for _, at := range contract.LookupsIn() {
		time := at.Millis
		switch at.Name {
		case "earliest":
			time = sarama.OffsetOldest
		case "latest":
			time = sarama.OffsetNewest
		}
		offset, err := client.GetOffset(topic, partition, time)
		contract.Check(err)
		contract.OutOffset(at, offset)
	}
	contract.Check(client.Close())
}

func metadata(bootstrap string, arguments []string) {
	client := client(bootstrap)
	contract.Check(client.RefreshMetadata(arguments[1]))
	leader, err := client.Leader(arguments[1], 0)
	contract.Check(err)
	contract.OutAddresses("metadata", leader.Addr())
	coordinator, err := client.Coordinator(arguments[0])
	contract.Check(err)
	contract.OutAddresses("coordinator", coordinator.Addr())
	admin, err := sarama.NewClusterAdminFromClient(client)
	contract.Check(err)
	brokers, _, err := admin.DescribeCluster()
	contract.Check(err)
	var addresses []string
	for _, broker := range brokers {
		addresses = append(addresses, broker.Addr())
	}
	contract.OutAddresses("cluster", addresses...)
	contract.Check(admin.Close())
}

func main() {
	contract.Main(map[string]func(string, []string){
		"produce": produce, "consume": consume, "member": member, "offsets": offsets,
		"metadata": metadata,
	})
}
