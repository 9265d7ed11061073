package processes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/app/simulator/processes/proxy"
	"raynetsync/internal/app/stage"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// user is one person with a RAYNET account and a mailbox.
type user struct {
	login   string
	person  int64
	mailbox string // id
}

// office is both services with the people who use them, and the network in front of them.
type office struct {
	world                    *emulation.World
	users                    []user
	raynet, graph, authority *proxy.Proxy
	running                  *emulation.Running
}

// The waiting times of the program under test. What an administrator may shorten is as short as he may make it.
const (
	lease  = 2 * time.Second
	settle = 2 * time.Second // well above what the proxy holds up
	grace  = time.Second
	poll   = time.Second
	sweep  = 2 * time.Second
)

// newOffice opens both services. pids are the processes that the network can tell apart.
func newOffice(ctx context.Context, seed uint64, dir string, pids func() []int) (o *office, err error) {
	o = &office{}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	// Real limits in parallel; the daily quota is not what a minute can prove.
	o.world, err = emulation.New(emulation.Options{Seed: seed, Mailboxes: 2, Items: 3, Plain: true, KeepHistory: true, RaynetDailyLimit: math.MaxInt32,
		Latency: 2 * time.Millisecond})
	if err != nil {
		return o, err
	}
	for i, u := range o.world.Company.Users {
		o.users = append(o.users, user{login: u.Email, person: o.world.IDs.Users[i]})
		for _, mailbox := range o.world.Outlook.Mailboxes() {
			if stage.Text(mailbox["mail"]) == u.Email {
				o.users[i].mailbox = stage.Text(mailbox["id"])
			}
		}
	}
	o.running, err = o.world.Serve(context.WithoutCancel(ctx), emulation.ServeOptions{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return o, err
	}
	for _, door := range []struct {
		to     **proxy.Proxy
		url    string
		opaque bool
	}{{&o.raynet, o.running.Info.RaynetURL, false}, {&o.graph, o.running.Info.GraphURL, false}, {&o.authority, o.running.Info.AuthorityURL, true}} {
		at, err := url.Parse(door.url)
		if err != nil {
			return o, err
		}
		options := proxy.Options{Target: at.Host, Seed: seed, Opaque: door.opaque, Owner: proxy.OwnerAmong(pids)}
		if *door.to, err = proxy.Open(ctx, options); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *office) proxies() []*proxy.Proxy { return []*proxy.Proxy{o.raynet, o.graph, o.authority} }

// breakNetwork lets so many of a hundred requests go wrong; 0 heals.
func (o *office) breakNetwork(percent int) {
	for _, p := range o.proxies() {
		p.Break(percent)
	}
}

func (o *office) close() error {
	var err error
	for _, p := range o.proxies() {
		if p != nil {
			err = errors.Join(err, p.Close())
		}
	}
	if o.running != nil {
		err = errors.Join(err, o.running.Close())
	}
	return err
}

// environ are the settings as an administrator would give them, secrets once in the environment and once in a file.
func (o *office) environ(dir, data string) ([]string, error) {
	info := o.running.Info
	secret := filepath.Join(dir, "client-secret")
	if err := os.WriteFile(secret, []byte(info.ClientSecret+"\n"), 0o600); err != nil {
		return nil, err
	}
	environ := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=en_US.UTF-8"}
	for _, setting := range [][2]string{
		{"RAYNET_URL", "http://" + o.raynet.Addr() + "/api/v2"}, {"RAYNET_INSTANCE", info.RaynetInstance}, {"RAYNET_USER", info.RaynetUser},
		{"RAYNET_API_KEY", info.RaynetAPIKey}, {"MICROSOFT_TENANT_ID", info.TenantID}, {"MICROSOFT_CLIENT_ID", info.ClientID},
		{"MICROSOFT_CLIENT_SECRET_FILE", secret}, {"MICROSOFT_GRAPH_URL", "http://" + o.graph.Addr() + "/v1.0"},
		{"MICROSOFT_AUTHORITY_URL", "https://" + o.authority.Addr()}, {"MICROSOFT_CA_FILE", info.CAFile},
		{"SERVER_DATA_DIR", data}, {"SERVER_LISTEN", "127.0.0.1:0"}, {"SERVER_LEASE", lease.String()},
		{"SYNC_USERS", "*"}, {"SYNC_KINDS", "calendar,contacts,tasks"}, {"SYNC_POLL_INTERVAL", poll.String()}, {"SYNC_SWEEP_INTERVAL", sweep.String()},
		{"SYNC_SETTLE_HORIZON", settle.String()}, {"SYNC_DELETION_GRACE", grace.String()},
	} {
		environ = append(environ, "RAYNETSYNC_"+setting[0]+"="+setting[1])
	}
	return environ, nil
}

// side is where a thing is.
type side string

const (
	inRaynet  side = "raynet"
	inOutlook side = "outlook"
)

// thing is a record in RAYNET or an item in Outlook that somebody made here.
type thing struct {
	side   side
	kind   company.Kind
	typ    string // the service's word
	id     string
	canary string
	user   int // whose mailbox it is in; -1 in RAYNET
	raw    map[string]any
}

// ref is how people name it.
func (t thing) ref() string { return string(t.side) + ":" + t.typ + "/" + t.id }

// where names the place in which there must be one such thing at most.
func (t thing) where() string {
	if t.side == inRaynet {
		return "RAYNET"
	}
	return fmt.Sprintf("mailbox %d", t.user)
}

// records lists what of a kind was made here and is in RAYNET now.
func (o *office) records(kind company.Kind) []thing {
	entity := map[company.Kind]string{company.Calendar: "activity", company.Contacts: "person", company.Tasks: "task"}[kind]
	var out []thing
	for _, raw := range o.world.Raynet.All(entity) {
		typ := entity
		if kind == company.Calendar {
			typ = map[string]string{"Meeting": "meeting", "Event": "event", "PhoneCall": "phoneCall"}[stage.Text(raw["_entityName"])]
		}
		if canary := canaryOf(raw); canary != "" && typ != "" {
			out = append(out, thing{side: inRaynet, kind: kind, typ: typ, id: fmt.Sprint(stage.Number(raw["id"])), canary: canary, user: -1, raw: raw})
		}
	}
	return out
}

// items lists what of a kind was made here and is in a mailbox now.
func (o *office) items(kind company.Kind, user int) []thing {
	typ := map[company.Kind]string{company.Calendar: "event", company.Contacts: "contact", company.Tasks: "task"}[kind]
	var out []thing
	for _, raw := range o.world.Shelf(kind).All(o.users[user].mailbox) {
		if canary := canaryOf(raw); canary != "" {
			out = append(out, thing{side: inOutlook, kind: kind, typ: typ, id: stage.Text(raw["id"]), canary: canary, user: user, raw: raw})
		}
	}
	return out
}

// everything lists both sides.
func (o *office) everything() []thing {
	var out []thing
	for _, kind := range company.Kinds() {
		out = append(out, o.records(kind)...)
		for user := range o.users {
			out = append(out, o.items(kind, user)...)
		}
	}
	return out
}

// write is one change on either side, by a person or by us.
type write struct {
	at            time.Time
	side          side
	user          int // whose mailbox; -1 in RAYNET
	ours          bool
	op            string
	canary        string
	before, after map[string]any
	// wrote and gone are the values that it brought and those that it took away.
	wrote, gone []string
}

// where is as of a thing.
func (w write) where() string { return thing{side: w.side, user: w.user}.where() }

// history is everything that was written to things that were made here, oldest first of each side.
func (o *office) history() []write {
	return append(ofRaynet(o.world.Raynet.History()), o.ofOutlook(o.world.Outlook.History())...)
}

func ofRaynet(all []raynetemu.Write) []write {
	var out []write
	for _, one := range all {
		w := write{at: one.At, side: inRaynet, user: -1, ours: one.Source == "api", op: string(one.Op), before: one.Before, after: one.After}
		out = append(out, w.named())
	}
	return out
}

func (o *office) ofOutlook(all []outlookemu.Write) []write {
	var out []write
	for _, one := range all {
		w := write{at: one.At, side: inOutlook, ours: one.By == "app", op: one.Op, before: one.Before, after: one.After}
		for i, u := range o.users {
			if u.mailbox == one.Mailbox {
				w.user = i
			}
		}
		out = append(out, w.named())
	}
	return out
}

// ourLast is when we wrote last, whatever it was.
func (o *office) ourLast() time.Time {
	var last time.Time
	for _, one := range o.world.Raynet.History() {
		if one.Source == "api" && one.At.After(last) {
			last = one.At
		}
	}
	for _, one := range o.world.Outlook.History() {
		if one.By == "app" && one.At.After(last) {
			last = one.At
		}
	}
	return last
}

// named finds out what it is about.
func (w write) named() write {
	if w.canary = canaryOf(w.after); w.canary == "" {
		w.canary = canaryOf(w.before)
	}
	if w.canary != "" {
		before, after := inks(w.before), inks(w.after)
		w.wrote, w.gone = without(after, before), without(before, after)
	}
	return w
}
