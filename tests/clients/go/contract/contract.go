// Package contract is the command line that every client of the interop tests speaks; it is
// described in ../../python/contract.py.
package contract

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"
)

// Deadline bounds every command but `member`.
const Deadline = 90 * time.Second

// Record is one line of input or output; bytes travel as base64, nil as null.
type Record struct {
	Topic     string     `json:"topic"`
	Partition int32      `json:"partition"`
	Codec     string     `json:"codec,omitempty"`
	Offset    int64      `json:"offset"`
	Timestamp int64      `json:"timestamp"`
	Key       []byte     `json:"key"`
	Value     []byte     `json:"value"`
	Headers   []Header `json:"headers"`
}

// Header is a header: a JSON array of its name and its value.
type Header struct {
	Name  string
	Value []byte
}

// MarshalJSON writes the pair as an array.
func (h Header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.Name, h.Value}) }

// UnmarshalJSON reads the pair from an array.
func (h *Header) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&h.Name, &h.Value})
}

// RecordsIn reads the records to produce.
func RecordsIn() []Record {
	var records []Record
	for line := range lines() {
		var record Record
		Check(json.Unmarshal(line, &record))
		records = append(records, record)
	}
	return records
}

// At is what to look an offset up by: "earliest", "latest", or milliseconds.
type At struct {
	Name   string
	Millis int64
	text   json.RawMessage
}

// LookupsIn reads the lookups of `offsets`.
func LookupsIn() []At {
	var lookups []At
	for line := range lines() {
		at := At{text: slices.Clone(line)}
		if json.Unmarshal(line, &at.Name) != nil {
			Check(json.Unmarshal(line, &at.Millis))
		}
		lookups = append(lookups, at)
	}
	return lookups
}

// OutOffset answers one lookup; a negative offset means that there is none.
func OutOffset(at At, offset int64) {
	if offset < 0 {
		Out(map[string]any{"at": at.text, "offset": nil})
		return
	}
	Out(map[string]any{"at": at.text, "offset": offset})
}

// OutAssigned tells what this member holds now.
func OutAssigned(partitions []int32) {
	partitions = append([]int32{}, partitions...)
	slices.Sort(partitions)
	Out(map[string]any{"assigned": partitions})
}

// OutAddresses tells the addresses that one kind of response named.
func OutAddresses(kind string, addresses ...string) {
	Out(map[string]any{kind: addresses})
}

// Out prints one line.
func Out(value any) {
	text, err := json.Marshal(value)
	Check(err)
	_, err = fmt.Println(string(text))
	Check(err)
}

// Main runs the command named on the command line.
func Main(commands map[string]func(bootstrap string, arguments []string)) {
	commands[os.Args[1]](os.Args[2], os.Args[3:])
}

// StdinEnded is closed when the test closes our standard input.
func StdinEnded() <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	return ended
}

// Number parses a number of the command line.
func Number(text string) int {
	number, err := strconv.Atoi(text)
	Check(err)
	return number
}

// Check ends the process when something failed.
func Check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func lines() func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		scanner := bufio.NewScanner(os.Stdin)
		scanner.Buffer(nil, 16<<20)
		for scanner.Scan() {
			if !yield(scanner.Bytes()) {
				return
			}
		}
	}
}
