package apply_test

import (
	"strconv"
	"time"

	"raynetsync/internal/engine/apply"
	"raynetsync/internal/record"
)

// A kind with two fields, for the tests of single branches. Whole histories of the protocol, with every crash and every lost answer,
// are lived in internal/app/simulator/protocol.
const (
	first  record.Field = "first"
	second record.Field = "second"
)

func schema() record.Schema {
	return record.Schema{Kind: record.Calendar, Title: first, Fields: []record.FieldSpec{
		{Name: first, Flow: record.Both}, {Name: second, Flow: record.Both},
	}}
}

const (
	pairID = 1
	settle = 5 * time.Minute
)

var begin = time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC)

func config(run int) apply.Config {
	return apply.Config{
		Pair: pairID, Mailbox: "box", Run: strconv.Itoa(run), Schema: schema(), Digester: digester(),
		Settle: settle, GuardAge: 500 * time.Millisecond, LoopWindow: 10 * time.Minute,
	}
}

func digester() record.Digester { return record.NewDigester([]byte("apply test")) }
