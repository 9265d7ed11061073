package protocol

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// quirks are how the two services behave towards things of one kind.
type quirks struct {
	kind          record.Kind
	raynet        string // the type of its records
	outlook       string // the type of its items
	first, second record.Field
	dedupes       bool // Outlook makes nothing twice under one key
	conditional   bool // Outlook honours If-Match on an update
	secondCall    bool // RAYNET takes the key in a second call only
	halves        bool // a create in RAYNET takes the last field in a second call only
	exclusive     bool // RAYNET refuses a key that another record carries
	whole         bool // an update of RAYNET writes all that a record says, as it was read
	own           bool // Outlook writes what we wrote in its own way
	parted        bool // the second call brings a part of what the record is to say, too
}

// thing is a record or an item. Its fields are replaced whole, so that what was shown earlier stays what it was.
type thing struct {
	ref     remote.Ref
	mailbox int // in which it lies; 0 in RAYNET
	of      int // which of the things that people made it stands for
	twin    string
	fields  record.Fields
	version int // counts the writes
	key     string
	stamp   *remote.Stamp
	byUs    bool // the last write was ours
	ours    bool // we made it
	copied  bool // a person made it by copying another one
	gone    bool
	goneBy  bool // a person deleted it
	changed int  // the place of its last change among all changes
	born    time.Time
	// shown is the version that a pair was shown last, by its mailbox. Of RAYNET, which holds no write back, it says what a write of ours
	// must not overwrite.
	shown [3]int
}

// service is one side, Outlook with all its mailboxes.
type service struct {
	*quirks
	side     record.Side
	things   []*thing
	changes  int
	unmarked bool              // our marks are not shown: a rule that is left out on purpose
	keys     map[string]*thing // Outlook: the transaction ids that it remembers
}

func (s *service) find(ref remote.Ref) *thing {
	for _, thing := range s.things {
		if thing.ref == ref && !thing.gone {
			return thing
		}
	}
	return nil
}

// last returns the newest living thing of a mailbox, nil if there is none.
func (s *service) last(mailbox int) *thing {
	for i := len(s.things) - 1; i >= 0; i-- {
		if t := s.things[i]; !t.gone && t.mailbox == mailbox {
			return t
		}
	}
	return nil
}

func (s *service) touch(t *thing) {
	s.changes++
	t.changed = s.changes
}

func (s *service) add(fields record.Fields, mailbox int, now time.Time) *thing {
	kind := s.raynet
	if s.side == record.Outlook {
		kind = s.outlook
	}
	made := &thing{ref: remote.Ref{Side: s.side, Type: kind, ID: number(len(s.things) + 1)}, fields: fields, mailbox: mailbox, born: now}
	s.things = append(s.things, made)
	s.touch(made)
	return made
}

// shows are the ways in which a service shows a thing.
type shows uint8

const (
	inFeed shows = iota // a row of a list
	inRead              // a read without our marks
	marked              // a read or look-up that shows them
)

func (s *service) snapshot(t *thing, now time.Time, how shows) remote.Snapshot {
	snapshot := remote.Snapshot{
		Ref: t.ref, Kind: s.kind, Version: remote.Version(number(t.version)), At: now, Fields: t.fields, Offered: true, ByUs: t.byUs,
		MadeByUs: t.ours, Twin: t.twin,
	}
	if s.side == record.Raynet {
		snapshot.People = everybody
		if how == marked && !s.unmarked {
			snapshot.Key = t.key
		}
		return snapshot
	}
	snapshot.Version = remote.Version(etag(t.version))
	snapshot.ByUs = false // Graph does not tell who wrote last
	switch {
	case s.unmarked:
	case how == marked, s.kind == record.Tasks:
		snapshot.Stamp, snapshot.Key = t.stamp, t.key
	case s.kind == record.Calendar: // the list shows the transaction id, the mark is left to a read
		snapshot.Key = t.key
	default:
		snapshot.Unmarked = how == inFeed
	}
	snapshot.MadeByUs = snapshot.Stamp != nil
	return snapshot
}

// everybody is whom every record concerns.
var everybody = []string{remote.Everybody}

func number(n int) string {
	const small = "0123456789"
	if n < len(small) {
		return small[n : n+1]
	}
	return strconv.Itoa(n)
}

func etag(version int) string { return `"` + number(version) + `"` }

// What a request says beside its values, in its header.
const (
	keyHeader    = "key"
	sourceHeader = "source"
	opHeader     = "op"
	matchHeader  = "if-match"
)

// compose writes a request in the service's own form: one "field=value" per header, so that the values are part of the bytes.
func (s *service) compose(write remote.Write, mailbox string) []remote.Request {
	request := remote.Request{Side: s.side, Kind: s.kind, Op: write.Op, Mailbox: mailbox, Body: "{}", Header: make(map[string]string, 5)}
	for name, value := range write.Fields {
		request.Header[string(name)] = string(value)
	}
	request.Writes = write.Fields.Sorted()
	switch write.Op {
	case remote.Create:
		request.Key, request.Header[sourceHeader], request.Header[opHeader] = write.Key, write.Stamp.Source.String(), write.Stamp.Op
		request.Header[keyHeader] = write.Key
		if s.halves && s.side == record.Raynet {
			return s.halved(request)
		}
		if s.secondCall && s.side == record.Raynet {
			request.Header[keyHeader] = ""
			bring := s.bring(write.Key, mailbox)
			if value, says := write.Fields[s.second]; says && s.parted {
				bring.Header[string(s.second)], bring.Writes = string(value), []record.Field{s.second}
				delete(request.Header, string(s.second))
				request.Writes = []record.Field{s.first}
			}
			return []remote.Request{request, bring}
		}
	case remote.Update, remote.Delete:
		if write.Key != "" {
			return []remote.Request{s.bring(write.Key, mailbox).For(write.Target.Ref)}
		}
		request.Ref = write.Target.Ref
		if s.side == record.Outlook {
			request.Header[matchHeader] = string(write.Target.Version)
		} else if s.whole {
			for _, name := range []record.Field{s.first, s.second} {
				if _, says := write.Fields[name]; !says {
					request.Header[string(name)] = string(write.Target.Fields[name])
				}
			}
		}
	}
	return []remote.Request{request}
}

// halved leaves the last field of a create to a call that follows it.
func (s *service) halved(create remote.Request) []remote.Request {
	last := create.Writes[len(create.Writes)-1]
	follow := remote.Request{Side: s.side, Kind: s.kind, Op: remote.Update, Mailbox: create.Mailbox, Path: "{id}", Body: "{}",
		Writes: []record.Field{last}, Header: map[string]string{string(last): create.Header[string(last)]}}
	create.Writes = create.Writes[:len(create.Writes)-1]
	return []remote.Request{create, follow}
}

// bring is the call that gives a record its key.
func (s *service) bring(key, mailbox string) remote.Request {
	return remote.Request{Side: s.side, Kind: s.kind, Op: remote.Update, Mailbox: mailbox, Key: key, Path: "{id}", Body: "{}",
		Header: map[string]string{keyHeader: key}}
}

// once reports whether the service makes nothing twice under one key. Only then does the protocol promise anything about a create that
// lands after the settle horizon.
func (s *service) once() bool {
	if s.side == record.Raynet {
		return s.exclusive
	}
	return s.dedupes
}

// take carries a request out. RAYNET checks nothing and returns nothing; Outlook checks, as far as its kind does, and returns all.
func (s *service) take(h *history, request *remote.Request, mailbox int) (remote.Answer, error) {
	if request.Op == remote.Create {
		return s.make(h, request, mailbox)
	}
	target := s.find(request.Ref)
	switch {
	case target == nil:
		return s.refuse(remote.NotFound, request)
	case s.side == record.Outlook && (s.conditional || request.Op == remote.Delete) && request.Header[matchHeader] != etag(target.version):
		return s.refuse(remote.Conflict, request)
	case request.Op == remote.Delete:
		target.gone = true
		s.touch(target)
		return remote.Answer{Ref: target.ref}, nil
	}
	if key, brings := request.Header[keyHeader]; brings {
		if s.taken(key, target) {
			return s.refuse(remote.Duplicate, request)
		}
		target.key = key
		h.named(target) // of two records that say the same, the protocol may give either to either original
	}
	if s.side == record.Outlook && request.Header[matchHeader] != etag(target.version) {
		h.blind(target, request)
	}
	if written := values(request); len(written) > 0 {
		for _, name := range []record.Field{s.first, s.second} {
			if value, whole := request.Header[string(name)]; whole {
				written[name] = record.Value(value)
			}
		}
		target.fields = target.fields.Clone()
		maps.Copy(target.fields, s.spelled(written))
	}
	target.version++
	target.byUs = true
	s.touch(target)
	return s.answer(target, h.now), nil
}

// taken reports whether another record carries the key, on a side that minds.
func (s *service) taken(key string, but *thing) bool {
	if !s.exclusive || s.side != record.Raynet || key == "" {
		return false
	}
	for _, other := range s.things {
		if other != but && other.key == key { // also one that is not shown any more
			return true
		}
	}
	return false
}

// make carries a create out.
func (s *service) make(h *history, request *remote.Request, mailbox int) (remote.Answer, error) {
	if known := s.keys[request.Key]; known != nil && s.side == record.Outlook && s.dedupes && h.broken != amnesic {
		if known.gone {
			return s.refuse(remote.Duplicate, request)
		}
		return s.answer(known, h.now), nil
	}
	if s.taken(request.Header[keyHeader], nil) {
		return s.refuse(remote.Duplicate, request)
	}
	source, err := remote.ParseRef(request.Header[sourceHeader])
	if err != nil {
		return remote.Answer{}, err
	}
	if s.side == record.Raynet {
		mailbox = 0
	}
	h.doubtful(s, request)
	fields := values(request)
	for name := range h.scenario.values() { // what was not sent is empty
		if _, sent := fields[name]; !sent {
			fields[name] = ""
		}
	}
	made := s.add(s.spelled(fields), mailbox, h.now)
	made.byUs, made.ours, made.key = true, true, request.Header[keyHeader]
	made.of = h.origin(source)
	if s.side == record.Outlook {
		made.stamp = &remote.Stamp{Source: source, Mailbox: request.Mailbox, Op: request.Header[opHeader]}
		s.keys[request.Key] = made
	}
	return s.answer(made, h.now), nil
}

func (s *service) refuse(kind remote.ErrorKind, request *remote.Request) (remote.Answer, error) {
	return remote.Answer{}, &remote.Error{Kind: kind, Side: s.side, Doing: string(request.Op)}
}

func values(request *remote.Request) record.Fields {
	out := make(record.Fields, len(request.Writes))
	for _, name := range request.Writes {
		out[name] = record.Value(request.Header[string(name)])
	}
	return out
}

// ownMark ends a value that Outlook wrote in its own way.
const ownMark = "~"

// spelled returns values as a side writes them down.
func (s *service) spelled(fields record.Fields) record.Fields {
	if s.own && s.side == record.Outlook {
		for name, value := range fields { // any order: each name once
			fields[name] = record.Value(strings.TrimSuffix(string(value), ownMark) + ownMark)
		}
	}
	return fields
}

// alike reports whether two sides say the same.
func (q *quirks) alike(a, b record.Value) bool {
	return a == b || q.own && strings.TrimSuffix(string(a), ownMark) == strings.TrimSuffix(string(b), ownMark)
}

func (s *service) answer(t *thing, now time.Time) remote.Answer {
	if s.side == record.Raynet {
		return remote.Answer{Ref: t.ref}
	}
	snapshot := s.snapshot(t, now, marked)
	return remote.Answer{Ref: t.ref, Version: snapshot.Version, Snapshot: &snapshot}
}
