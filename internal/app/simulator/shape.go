package simulator

import (
	"fmt"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// instantOf reads RAYNET's ISO form.
func instantOf(text string) time.Time {
	at, _ := time.Parse("2006-01-02T15:04:05.000-07:00", text)
	return at
}

// graphInstant reads Graph's dateTimeTimeZone in UTC.
func graphInstant(v any) time.Time {
	m, _ := v.(map[string]any)
	at, _ := time.Parse("2006-01-02T15:04:05.0000000", text(m["dateTime"]))
	return at
}

func refOf(a map[string]any) remote.Ref {
	return remote.Ref{Side: record.Raynet, Type: entityOf(a), ID: fmt.Sprint(number(a["id"]))}
}
