package store

import (
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/db"
)

// How rows are bound to their sealed values. The text is part of what is authenticated, so it must never change.
func boundIntent(op string) string    { return "intent/" + op }
func boundCursor(scope string) string { return "cursor/" + scope }
func boundRun(id string) string       { return "run/" + id }
func boundSecret(name string) string  { return "secret/" + name }
func boundMemory(key string) string   { return "memory/" + key }

// boundEntry names a journal entry by what tells it apart before the database has given it a number and stays the same when
// its outcome is told (journal.SettleEntry).
func boundEntry(e journal.Entry) string {
	return strings.Join([]string{"journal", e.Run, strconv.FormatInt(e.Pair, 10), e.LinkID, e.Op}, "/")
}

// refText is a ref without its side, for columns that belong to one side; null for none.
func refText(ref remote.Ref) sql.NullString {
	if ref.IsZero() {
		return sql.NullString{}
	}
	return text(ref.Type + "/" + ref.ID)
}

func refOf(side record.Side, column sql.NullString) remote.Ref {
	if !column.Valid {
		return remote.Ref{}
	}
	kind, id, _ := strings.Cut(column.String, "/")
	return remote.Ref{Side: side, Type: kind, ID: id}
}

// seriesKey is the short form of a series' id in the index; ids of Outlook are long and the index would repeat them.
func seriesKey(group string) sql.NullString {
	if group == "" {
		return sql.NullString{}
	}
	sum := sha256.Sum256([]byte(group))
	return text(base64.RawURLEncoding.EncodeToString(sum[:12]))
}

// linkBody is the part of a link that is never searched for. A row must stay small (about 600 bytes), because the first
// synchronisation writes each one twice and reading one costs what it weighs.
type linkBody struct {
	Reason         string   `json:"r,omitzero"`
	Since          int64    `json:"s,omitzero"`
	Origin         string   `json:"o,omitzero"`
	Group          string   `json:"g,omitzero"` // sameGroup if the id of the Outlook item begins with it
	Span           string   `json:"t,omitzero"`
	RaynetVersion  string   `json:"v,omitzero"`
	OutlookVersion string   `json:"e,omitzero"`
	RaynetAssumed  bool     `json:"a,omitzero"` // Half.Unconfirmed
	OutlookAssumed bool     `json:"b,omitzero"`
	Shown          string   `json:"d,omitzero"`
	ReadOnly       bool     `json:"w,omitzero"`
	Owner          bool     `json:"p,omitzero"`
	FrozenUntil    int64    `json:"f,omitzero"`
	Loop           [3]int64 `json:"l,omitzero"` // since, writes, edits
}

// sameGroup stands for "the part of the Outlook id before its last slash".
const sameGroup = "^"

func linkRow(l journal.Link) (db.PutLinkParams, error) {
	if l.ID == "" {
		return db.PutLinkParams{}, fmt.Errorf("a link needs an id")
	}
	shown, err := joinShown(l.Raynet.Shown, l.Outlook.Shown)
	if err != nil {
		return db.PutLinkParams{}, fmt.Errorf("link %s: %w", l.ID, err)
	}
	body := linkBody{
		Reason: l.Reason, Since: stamp(l.Since), Origin: string(l.Origin), Group: l.Group, Span: string(l.Span.Value()),
		RaynetVersion: string(l.Raynet.Version), RaynetAssumed: l.Raynet.Unconfirmed,
		OutlookVersion: string(l.Outlook.Version), OutlookAssumed: l.Outlook.Unconfirmed,
		Shown: shown, ReadOnly: l.ReadOnly, Owner: l.Owner, FrozenUntil: stamp(l.FrozenUntil),
		Loop: [3]int64{stamp(l.Loop.Since), int64(l.Loop.Writes), int64(l.Loop.Edits)},
	}
	if l.Group != "" && groupOf(l.Outlook.Ref) == l.Group {
		body.Group = sameGroup
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return db.PutLinkParams{}, fmt.Errorf("encode link %s: %w", l.ID, err)
	}
	row := db.PutLinkParams{
		ID: l.ID, Pair: l.Pair, State: string(l.State), Raynet: refText(l.Raynet.Ref), Outlook: refText(l.Outlook.Ref),
		Series: seriesKey(l.Group), Twin: text(string(l.Twin)), Body: string(encoded),
	}
	if !l.Span.IsZero() {
		row.SpanTill = sql.NullInt64{Int64: l.Span.Till.UnixMilli(), Valid: true}
	}
	return row, nil
}

// groupOf returns the part of a ref's id before its last slash, empty if there is none.
func groupOf(ref remote.Ref) string {
	at := strings.LastIndexByte(ref.ID, '/')
	if at < 0 {
		return ""
	}
	return ref.ID[:at]
}

func linkOf(row db.Link) (journal.Link, error) {
	var body linkBody
	if err := json.Unmarshal([]byte(row.Body), &body); err != nil {
		return journal.Link{}, fmt.Errorf("decode link %s: %w", row.ID, err)
	}
	l := journal.Link{
		ID: row.ID, Pair: row.Pair, State: journal.LinkState(row.State), Reason: body.Reason, Since: moment(body.Since),
		Raynet: journal.Half{
			Ref: refOf(record.Raynet, row.Raynet), Version: remote.Version(body.RaynetVersion), Unconfirmed: body.RaynetAssumed,
		},
		Outlook: journal.Half{
			Ref: refOf(record.Outlook, row.Outlook), Version: remote.Version(body.OutlookVersion), Unconfirmed: body.OutlookAssumed,
		},
		Origin: record.Side(body.Origin), Group: body.Group, Twin: record.Digest(row.Twin.String), ReadOnly: body.ReadOnly, Owner: body.Owner,
		FrozenUntil: moment(body.FrozenUntil),
		Loop:        journal.Loop{Since: moment(body.Loop[0]), Writes: int(body.Loop[1]), Edits: int(body.Loop[2])},
	}
	if body.Group == sameGroup {
		l.Group = groupOf(l.Outlook.Ref)
	}
	var err error
	if l.Span, err = record.ParseSpan(record.Value(body.Span)); err != nil {
		return journal.Link{}, fmt.Errorf("decode link %s: %w", row.ID, err)
	}
	if l.Raynet.Shown, l.Outlook.Shown, err = splitShown(body.Shown); err != nil {
		return journal.Link{}, fmt.Errorf("decode link %s: %w", row.ID, err)
	}
	return l, nil
}

// joinShown writes the digests of both sides as one text: "name=digest" where they are equal, as they are for most fields of
// a link in step, "name=raynet,outlook" where they differ or one side has none.
func joinShown(raynet, outlook record.Shown) (string, error) {
	names := make(record.Fields, len(raynet)+len(outlook))
	for _, shown := range []record.Shown{raynet, outlook} {
		for name, digest := range shown {
			if name == "" || digest == "" || strings.ContainsAny(string(name)+string(digest), " =,") {
				return "", fmt.Errorf("%q is no digest of field %q", digest, name)
			}
			names[name] = ""
		}
	}
	var b strings.Builder
	for i, name := range names.Sorted() {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(name) + "=" + string(raynet[name]))
		if outlook[name] != raynet[name] {
			b.WriteString("," + string(outlook[name]))
		}
	}
	return b.String(), nil
}

// splitShown is the inverse of joinShown. A side without digests has a nil Shown.
func splitShown(joined string) (raynet, outlook record.Shown, err error) {
	put := func(shown *record.Shown, name record.Field, digest string) {
		if digest == "" {
			return
		}
		if *shown == nil {
			*shown = record.Shown{}
		}
		(*shown)[name] = record.Digest(digest)
	}
	for part := range strings.FieldsSeq(joined) {
		name, digests, ok := strings.Cut(part, "=")
		if !ok || name == "" || digests == "" {
			return nil, nil, fmt.Errorf("shown digests: %q is not name=digest", part)
		}
		left, right, differ := strings.Cut(digests, ",")
		if !differ {
			right = left
		}
		put(&raynet, record.Field(name), left)
		put(&outlook, record.Field(name), right)
	}
	return raynet, outlook, nil
}

func linksOf(rows []db.Link, err error) ([]journal.Link, error) {
	if err != nil {
		return nil, mapped(err)
	}
	links := make([]journal.Link, 0, len(rows))
	for _, row := range rows {
		l, err := linkOf(row)
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	return links, nil
}

// intentTarget is what an intent keeps others from writing: a RAYNET record for the whole connection, an Outlook item for
// the mailbox.
func intentTarget(in journal.Intent) sql.NullString {
	ref := in.Request.Ref
	switch {
	case ref.IsZero():
		return sql.NullString{}
	case ref.Side == record.Outlook:
		return text("outlook/" + strconv.FormatInt(in.Pair, 10) + "/" + ref.Type + "/" + ref.ID)
	}
	return text(string(ref.Side) + "/" + ref.Type + "/" + ref.ID)
}

func (s *Store) intentBody(in journal.Intent) ([]byte, error) {
	encoded, err := json.Marshal(in, json.OmitZeroStructFields(true))
	if err != nil {
		return nil, fmt.Errorf("encode intent %s: %w", in.Op, err)
	}
	return s.vault.Seal(encoded, boundIntent(in.Op))
}

func (s *Store) intentOf(row db.Intent) (journal.Intent, error) {
	encoded, err := s.vault.Open(row.SealedBody, boundIntent(row.Op))
	if err != nil {
		return journal.Intent{}, err
	}
	var in journal.Intent
	if err := json.Unmarshal(encoded, &in); err != nil {
		return journal.Intent{}, fmt.Errorf("decode intent %s: %w", row.Op, err)
	}
	in.Tries, in.LastSent, in.NotBefore = int(row.Tries), moment(row.LastSent), moment(row.NotBefore)
	return in, nil
}

// entryBody is the part of a journal entry that tells about people; it is sealed.
type entryBody struct {
	Author  string           `json:"a,omitzero"`
	Changes []journal.Change `json:"c,omitempty"`
}

func (s *Store) entryRow(e journal.Entry) (db.AddEntryParams, error) {
	row := db.AddEntryParams{
		At: stamp(e.At), Run: e.Run, Pair: e.Pair, Link: e.LinkID, Op: e.Op, Event: string(e.Event), Side: string(e.Side),
		Raynet: refText(e.Raynet), Outlook: refText(e.Outlook), Reason: e.Reason,
	}
	if e.Author == "" && len(e.Changes) == 0 {
		return row, nil
	}
	encoded, err := json.Marshal(entryBody{Author: e.Author, Changes: e.Changes})
	if err != nil {
		return row, fmt.Errorf("encode journal entry of link %s: %w", e.LinkID, err)
	}
	row.SealedBody, err = s.vault.Seal(encoded, boundEntry(e))
	return row, err
}

func (s *Store) entryOf(row db.Journal) (journal.Entry, error) {
	e := journal.Entry{
		ID: row.ID, At: moment(row.At), Run: row.Run, Pair: row.Pair, LinkID: row.Link, Op: row.Op,
		Event: journal.Event(row.Event), Side: record.Side(row.Side), Reason: row.Reason,
		Raynet: refOf(record.Raynet, row.Raynet), Outlook: refOf(record.Outlook, row.Outlook),
	}
	if row.SealedBody == nil {
		return e, nil
	}
	encoded, err := s.vault.Open(row.SealedBody, boundEntry(e))
	if err != nil {
		return journal.Entry{}, err
	}
	var body entryBody
	if err := json.Unmarshal(encoded, &body); err != nil {
		return journal.Entry{}, fmt.Errorf("decode journal entry %d: %w", row.ID, err)
	}
	e.Author, e.Changes = body.Author, body.Changes
	return e, nil
}

func workOf(row db.Work) (journal.Work, error) {
	ref, err := remote.ParseRef(row.Ref)
	if err != nil {
		return journal.Work{}, fmt.Errorf("decode work of pair %d: %w", row.Pair, err)
	}
	w := journal.Work{
		Pair: row.Pair, Ref: ref, Why: journal.Why(row.Why), Reason: row.Reason, Detail: row.Detail,
		Generation: row.Generation, Tries: int(row.Tries), Since: moment(row.Since),
	}
	if row.RetryAt.Valid {
		w.RetryAt = moment(row.RetryAt.Int64)
	}
	return w, nil
}

func asideOf(row db.Aside) (journal.Aside, error) {
	ref, err := remote.ParseRef(row.Ref)
	if err != nil {
		return journal.Aside{}, fmt.Errorf("decode aside of pair %d: %w", row.Pair, err)
	}
	span, err := record.ParseSpan(record.Value(row.Span))
	if err != nil {
		return journal.Aside{}, fmt.Errorf("decode aside %s: %w", row.Ref, err)
	}
	return journal.Aside{
		Pair: row.Pair, Ref: ref, Version: remote.Version(row.Version), Rule: remote.Rule(row.Rule), Since: moment(row.Since),
		Span: span, Natural: record.Digest(row.NaturalKey.String), Twin: record.Digest(row.Twin.String),
		Source: record.Digest(row.Source.String), Group: row.Series,
	}, nil
}

func pairOf(row db.Pair) journal.Pair {
	return journal.Pair{
		ID: row.ID, Connection: row.Connection, Kind: record.Kind(row.Kind), Mailbox: row.Mailbox, Address: row.Address,
		Person: row.Person, Zone: row.Zone, Container: row.Container, State: journal.PairState(row.State), Reason: row.Reason,
		Detail: row.Detail, Since: moment(row.Since), Generation: row.Generation, Full: row.FullRead == 1,
	}
}

// orNow returns t, or now if t is zero, as it will be read back.
func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return moment(stamp(now))
	}
	return t
}
