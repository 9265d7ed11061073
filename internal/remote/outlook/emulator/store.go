package emulator

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// mailbox is one user of the tenant with everything stored for them.
type mailbox struct {
	id    string
	user  map[string]any // the directory entry as Graph shows it
	state MailboxState
	ready time.Time // with StateProvisioning: from then on the mailbox exists
	zone  string    // Windows name, the mailbox's own zone

	folders []*folder
	items   map[string]*item // immutable id -> item, deleted ones included
	alias   map[string]*item // ordinary id -> item, filled as ordinary ids are shown
	creates map[string]*item // transactionId -> the event it made
	bin     map[string]*item // immutable id -> what a person deleted, as it was; nil until somebody did
	version uint64           // of the last change in this mailbox
	lists   *folder          // the task lists as items, for their own delta; see fileList
	todo    string           // what SetTodo said

	inFlight int       // requests being served
	window   time.Time // start of the current ten minutes
	requests int       // in the current ten minutes
}

// folder is a calendar, a contact folder or a task list.
type folder struct {
	id, name  string
	kind      itemKind
	isDefault bool
	gone      bool
	version   uint64
	props     map[string]any
	order     []*item // as they came; an item that left stays, see item.place
	log       []entry // every change, oldest first; a delta token is a position in it
}

// entry says that an item changed in a folder, or left it.
type entry struct {
	it   *item
	at   time.Time
	left bool
}

type itemKind string

const (
	kindEvent   itemKind = "event"
	kindContact itemKind = "contact"
	kindTask    itemKind = "task"
	// kindContactFolder makes items of contact folders, so that they have change keys, marks and a log like anything else.
	kindContactFolder itemKind = "contactFolder"
	// kindTaskList is a task list as an item, see fileList.
	kindTaskList itemKind = "taskList"
)

// item is one stored thing. Whatever has no field of its own is in props, in the shape of an answer; a property that
// has its default value is absent there.
type item struct {
	id       string
	kind     itemKind
	folder   *folder
	place    int    // index in folder.order
	last     int    // index of the newest entry in folder.log
	version  uint64 // of the mailbox when it changed; becomes the change key
	born     uint64
	deleted  bool
	created  time.Time
	modified time.Time
	props    map[string]any
	ext      map[string]string // extended property id -> value

	// Events only.
	start, end stamp
	allDay     bool
	body       body
	uid        string
	txn        string // transactionId
	txnDigest  string
	series     *series        // masters
	master     *item          // exceptions
	date       string         // exceptions: the original date
	from       *item          // an invitee's copy: the organiser's event
	host       map[string]any // an invitation from outside of the tenant: the organiser's address
	copies     []*item        // the organiser's event: delivered copies
	owner      *mailbox
	answer     string // own response when an invitee
	answered   time.Time
	cancelled  bool

	// Contacts only.
	byHand bool // made in Outlook, which leaves empty texts where an application leaves null // G-103
	photo  *media
	todo   *todo // tasks and task lists only
}

// clone copies what a write may change, so that a refused write leaves nothing behind.
func (it *item) clone() *item {
	c := *it
	c.props = maps.Clone(it.props)
	c.ext = maps.Clone(it.ext)
	if it.series != nil {
		c.series = it.series.clone()
	}
	if it.todo != nil {
		c.todo = it.todo.clone()
	}
	return &c
}

func (mb *mailbox) address() string {
	if mail := text(mb.user["mail"]); mail != "" {
		return mail
	}
	return text(mb.user["userPrincipalName"])
}

func (mb *mailbox) name() string { return text(mb.user["displayName"]) }

// folder finds a folder that was not deleted; "" means the default one.
func (mb *mailbox) folder(kind itemKind, id string) *folder {
	for _, f := range mb.folders {
		if f.kind == kind && !f.gone && (f.id == id || id == "" && f.isDefault) {
			return f
		}
	}
	return nil
}

func (mb *mailbox) foldersOf(kind itemKind) []*folder {
	var out []*folder
	for _, f := range mb.folders {
		if f.kind == kind && !f.gone {
			out = append(out, f)
		}
	}
	return out
}

// live lists the items of one kind that still exist, oldest first.
func (mb *mailbox) live(kind itemKind) []*item {
	var out []*item
	for _, f := range mb.foldersOf(kind) {
		out = append(out, f.live()...)
	}
	slices.SortFunc(out, func(a, b *item) int { return cmp.Compare(a.born, b.born) })
	return out
}

func (f *folder) live() []*item {
	out := make([]*item, 0, len(f.order))
	for i, it := range f.order {
		if f.holds(it, i) {
			out = append(out, it)
		}
	}
	return out
}

// holds tells whether the item at a place of the order is (still) here.
func (f *folder) holds(it *item, place int) bool {
	return !it.deleted && it.folder == f && it.place == place
}

// left tells whether an item was ever moved out of the folder.
func (f *folder) left(it *item) bool {
	return slices.ContainsFunc(f.log, func(e entry) bool { return e.it == it && e.left })
}

// put files a new item.
func (mb *mailbox) put(it *item, f *folder, now time.Time) {
	mb.items[it.id] = it
	it.folder, it.place = f, len(f.order)
	it.created = now
	f.order = append(f.order, it)
	mb.touch(it, now)
	it.born = it.version
}

// touch gives an item a new version and writes it to its folder's log. An exception touches its master.
func (mb *mailbox) touch(it *item, now time.Time) {
	mb.version++
	it.version, it.modified = mb.version, now
	if it.master != nil {
		mb.touch(it.master, now)
		return
	}
	it.last = len(it.folder.log)
	it.folder.log = append(it.folder.log, entry{it: it, at: now})
}

// drop deletes an item and forgets its content.
func (mb *mailbox) drop(it *item, now time.Time) {
	it.folder.log = append(it.folder.log, entry{it: it, at: now, left: true})
	it.deleted, it.modified = true, now
	it.props, it.ext, it.body, it.photo = nil, nil, body{}, nil
	if it.series != nil {
		for _, e := range it.series.exceptions {
			e.deleted = true
		}
	}
}

// move files an item elsewhere; its immutable id stays, its ordinary id becomes another. // G-31
func (mb *mailbox) move(it *item, to *folder, now time.Time) {
	it.folder.log = append(it.folder.log, entry{it: it, at: now, left: true})
	it.folder, it.place = to, len(to.order)
	to.order = append(to.order, it)
	mb.touch(it, now)
}

// newID makes ids that hold '/', '+' and '=', and every second one differs from its predecessor only in the case of
// one letter, as real ids may. // G-30
func (s *Server) newID(prefix string) string {
	s.serial++
	sum := digest(s.opts.Seed, "id", fmt.Sprint(s.serial/2))
	core := base64.RawStdEncoding.EncodeToString(sum[:24])
	infix := "/+"
	if s.serial%4 > 1 {
		infix = "+/"
	}
	letter := "q"
	if s.serial%2 == 1 {
		letter = "Q"
	}
	return prefix + core[:20] + infix + core[20:] + letter + "AAA="
}

// ordinaryID is the id shown without `Prefer: IdType="ImmutableId"`; it changes with the folder. // G-31
func (mb *mailbox) ordinaryID(it *item) string {
	sum := sha256.Sum256([]byte(it.id + "\x00" + it.folder.id))
	id := "AAMkAG" + base64.StdEncoding.EncodeToString(sum[:])
	mb.alias[id] = it
	return id
}

// find resolves an id of either form; nil when there never was such an item. The date is set when the id names an
// occurrence of a series.
func (mb *mailbox) find(id string) (it *item, date string) {
	if strings.HasPrefix(id, occurrencePrefix) {
		return mb.findOccurrence(id)
	}
	if it := mb.items[id]; it != nil {
		return it, ""
	}
	if it := mb.alias[id]; it != nil && (it.deleted || mb.ordinaryID(it) == id) {
		return it, ""
	}
	return nil, ""
}

// changeKey is what the etag holds. // G-20
func changeKey(mb *mailbox, version uint64) string {
	var raw [20]byte
	sum := sha256.Sum256([]byte(mb.id))
	copy(raw[:12], sum[:])
	binary.BigEndian.PutUint64(raw[12:], version)
	return base64.StdEncoding.EncodeToString(raw[:])
}

func etag(mb *mailbox, version uint64) string { return `W/"` + changeKey(mb, version) + `"` }

func digest(seed uint64, parts ...string) [32]byte {
	return sha256.Sum256([]byte(fmt.Sprintf("%d\x00%s", seed, strings.Join(parts, "\x00"))))
}

// guid makes a GUID that equal seeds make equal.
func guid(seed uint64, parts ...string) string {
	sum := digest(seed, parts...)
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// text reads a string out of a JSON value, "" if it is none.
func text(v any) string {
	t, _ := v.(string)
	return t
}

// object reads a JSON object, nil if it is none.
func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// list reads a JSON array, nil if it is none.
func list(v any) []any {
	l, _ := v.([]any)
	return l
}
