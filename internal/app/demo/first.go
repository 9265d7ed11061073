package demo

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/cli/screen"
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
		rows = append(rows, []string{user.Name(), user.Email, d.Texts.Number(int64(len(d.raynetOf(i)))),
			d.Texts.Number(int64(len(d.world.Outlook.All(user.Email))))})
	}
	d.Screen.Table([]screen.Column{{Title: d.t("column.user", nil)}, {Title: d.t("column.mailbox", nil)},
		{Title: d.t("column.raynet", nil), Right: true}, {Title: d.t("column.outlook", nil), Right: true}}, rows)
	d.Screen.Blank()
}

// first synchronises everything, then once more as a server does every minute, which must find nothing to do.
func (d *demo) first(ctx context.Context) error {
	d.Screen.Line(screen.Title(d.t("first", nil)))
	raynet, outlook := d.counts()
	bars := d.Screen.Bars(func(share float64, done int) string {
		return screen.PadLeft(d.Texts.Percent(share), 6) + "  " + screen.Dim(d.Texts.N("count.steps", done, nil))
	})
	for _, user := range d.world.Company.Users {
		bars.Add(user.Email, user.Name())
	}
	cycle, err := d.cycle(ctx, admin.SyncOptions{Sweep: true, Progress: bars.Progress})
	bars.End()
	if err != nil {
		return err
	}
	d.report.Cycles = append(d.report.Cycles, cycle)
	raynetNow, outlookNow := d.counts()
	d.summary(cycle, raynetNow-raynet, outlookNow-outlook)
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

// summary tells what a first synchronisation did, and what it left alone and why.
func (d *demo) summary(cycle admin.Cycle, inRaynet, inOutlook int) {
	d.Screen.Wrapped(4, "  "+screen.Good("✓"), d.t("done", args{
		"Time":    d.Texts.Duration(time.Duration(cycle.Seconds * float64(time.Second))),
		"Outlook": d.Texts.Number(int64(inOutlook)), "Raynet": d.Texts.Number(int64(inRaynet)),
		"Linked": d.Texts.N("count.links", cycle.Kinds["calendar"].Linked, nil)}))
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

// counts says how many items there are on each side.
func (d *demo) counts() (raynet, outlook int) {
	for _, user := range d.world.Company.Users {
		outlook += len(d.world.Outlook.All(user.Email))
	}
	return len(d.world.Raynet.All("activity")), outlook
}
