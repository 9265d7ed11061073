package demo

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/record"
)

// introduce says what was started and who is who.
func (d *demo) introduce(info emulation.Info) {
	d.Screen.Blank()
	d.Screen.Line(screen.Title(d.t("title", nil)))
	d.Screen.Wrapped(0, "", d.t("about", args{"Company": d.world.Company.Name}))
	d.Screen.Blank()
	for _, row := range [][2]string{
		{screen.Raynet("RAYNET"), info.RaynetURL}, {screen.Outlook("Outlook"), info.GraphURL},
		{d.t("control", nil), info.ControlURL}, {d.t("health", nil), "http://" + d.listen + "/healthz"},
	} {
		d.Screen.Line(" ", screen.Pad(row[0], 10), screen.Dim(row[1]))
	}
	d.Screen.Blank()
	d.Screen.Line(screen.Title(d.t("who", nil)))
	var rows [][]string
	for i, user := range d.world.Company.Users {
		row := []string{user.Name(), user.Email}
		for _, kind := range company.Kinds() {
			row = append(row, d.Texts.Number(int64(len(d.raynetOf(kind, i))))+" ⇄ "+
				d.Texts.Number(int64(len(d.world.Shelf(kind).All(user.Email)))))
		}
		rows = append(rows, row)
	}
	columns := []screen.Column{{Title: d.t("column.user", nil)}, {Title: d.t("column.mailbox", nil)}}
	for _, kind := range company.Kinds() {
		columns = append(columns, screen.Column{Title: d.Texts.T("kind."+string(kind), nil), Right: true})
	}
	d.Screen.Table(columns, rows)
	d.Screen.Line(screen.Dim(d.t("column.sides", nil)))
	d.Screen.Blank()
}

// first synchronises everything, then once more as a server does every minute, which must find nothing to do.
func (d *demo) first(ctx context.Context) error {
	d.Screen.Line(screen.Title(d.t("first", nil)))
	before := d.counts()
	bars := d.Screen.Bars(func(share float64, done int) string {
		return screen.PadLeft(d.Texts.Percent(share), 6) + "  " + screen.Dim(d.Texts.N("count.steps", done, nil))
	})
	for _, user := range d.world.Company.Users {
		bars.Add(user.Email, user.Name())
	}
	cycle, err := d.cycle(ctx, admin.SyncOptions{Sweep: true, Progress: func(user string, kind record.Kind, done, all int) {
		bars.Progress(user, string(kind), done, all)
	}})
	bars.End()
	if err != nil {
		return err
	}
	d.report.Cycles = append(d.report.Cycles, cycle)
	d.summary(cycle, before)
	if cycle, err = d.cycle(ctx, admin.SyncOptions{}); err != nil {
		return err
	}
	d.report.Cycles = append(d.report.Cycles, cycle)
	key := "second.empty"
	if cycle.Steps != (admin.Steps{}) {
		key = "second.not-empty"
	}
	d.Screen.Wrapped(2, "", d.t(key, args{"Raynet": d.Texts.N("count.requests", cycle.Requests.Raynet, nil),
		"Graph": d.Texts.N("count.requests", cycle.Requests.Graph, nil)}))
	d.Screen.Blank()
	return nil
}

// cycle synchronises once. How many mails that caused is what the emulated Exchange says.
func (d *demo) cycle(ctx context.Context, options admin.SyncOptions) (admin.Cycle, error) {
	before := len(d.world.Outlook.AllMails())
	cycle, err := d.server.sync(ctx, options)
	cycle.Mails = len(d.world.Outlook.AllMails()) - before
	return cycle, err
}

// summary tells what a first synchronisation did, kind by kind, and what it left alone and why.
func (d *demo) summary(cycle admin.Cycle, before map[company.Kind]count) {
	d.Screen.Line(" ", screen.Good("✓"), d.t("done.time", args{"Time": d.Texts.Duration(time.Duration(cycle.Seconds * float64(time.Second)))}))
	now := d.counts()
	for _, kind := range company.Kinds() {
		d.Screen.Wrapped(4, "", d.t("done.kind", args{"Kind": d.Texts.T("kind."+string(kind), nil),
			"Outlook": d.Texts.Number(int64(now[kind].outlook - before[kind].outlook)),
			"Raynet":  d.Texts.Number(int64(now[kind].raynet - before[kind].raynet)),
			"Linked":  d.Texts.N("count.links", cycle.Kinds[record.Kind(kind)].Linked, nil)}))
	}
	skips := map[string]int{}
	for _, user := range cycle.Users {
		for rule, count := range user.Skips {
			skips[rule] += count
		}
	}
	if len(skips) > 0 {
		d.Screen.Line(" ", d.t("left-out", nil))
	}
	rules := slices.SortedFunc(maps.Keys(skips), func(a, b string) int { return cmp.Or(skips[b]-skips[a], cmp.Compare(a, b)) })
	for _, rule := range rules {
		d.Screen.Wrapped(9, "    "+screen.Warn(fmt.Sprintf("%3d×", skips[rule])), d.Texts.T("rule."+rule, nil))
	}
	for _, wrong := range cycle.Errors {
		d.Screen.Line(" ", screen.Bad("✗"), wrong.User, wrong.Text)
	}
	d.Screen.Line(" ", screen.Good("✓"), d.mails())
}

// mails says that nobody was mailed, as the emulated Exchange counts it.
func (d *demo) mails() string {
	if sent := len(d.world.Outlook.AllMails()) - d.invitations; sent > 0 {
		return screen.Bad(d.Texts.N("demo.mails", sent, nil))
	}
	return d.t("no-mails", nil)
}

// count is how many items of a kind there are on each side.
type count struct{ raynet, outlook int }

func (d *demo) counts() map[company.Kind]count {
	out := map[company.Kind]count{}
	for kind, entity := range map[company.Kind]string{company.Calendar: "activity", company.Contacts: "person", company.Tasks: "task"} {
		one := count{raynet: len(d.world.Raynet.All(entity))}
		if kind == company.Calendar { // tasks are activities too
			one.raynet -= len(d.world.Raynet.All("task"))
		}
		for _, user := range d.world.Company.Users {
			one.outlook += len(d.world.Shelf(kind).All(user.Email))
		}
		out[kind] = one
	}
	return out
}
