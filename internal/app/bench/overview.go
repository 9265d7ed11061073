package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/app"
	"raynetsync/internal/app/emulation"
	"raynetsync/internal/record"
	"raynetsync/internal/store/crowd"
)

// Look is how long one page takes to be put together.
type Look struct {
	Name string `json:"name"`
	// Mailboxes and Links are what is stored, Times how often it was looked.
	Mailboxes int `json:"mailboxes"`
	Links     int `json:"links"`
	Times     int `json:"times"`
	// MS is the time of one look in milliseconds, on average.
	MS float64 `json:"ms"`
	// CPUMS is the processor time of one look in milliseconds, on average: less than MS if it waited for the disk or for other
	// programs, more if it used several processors.
	CPUMS float64 `json:"cpu_ms"`
}

// page is something that people look at.
type page struct {
	name string
	look func(context.Context) error
}

// pages are what is measured with a crowd.
func pages(a *admin.Admin, size crowd.Size) []page {
	overview := func(options admin.OverviewOptions) func(context.Context) error {
		return func(ctx context.Context) error {
			seen, err := a.Overview(ctx, options)
			if err == nil && len(seen.Users) == 0 {
				err = errors.New("nobody is there")
			}
			return err
		}
	}
	items := func(q admin.ItemQuery) func(context.Context) error {
		return func(ctx context.Context) error {
			found, err := a.Items(ctx, q)
			if err == nil && len(found.Items) == 0 {
				err = errors.New("nothing is there")
			}
			return err
		}
	}
	return []page{
		{"overview, first page", overview(admin.OverviewOptions{})},
		{"overview, a later page", overview(admin.OverviewOptions{After: fmt.Sprintf("user%05d@crowd.example/", size.Mailboxes/2)})},
		{"overview, search", overview(admin.OverviewOptions{Search: "user0001"})},
		{"overview, trouble only", overview(admin.OverviewOptions{Only: admin.OnlyTrouble})},
		{"items of a user", items(admin.ItemQuery{User: "user00001@crowd.example"})},
		{"items to decide, of everybody", items(admin.ItemQuery{State: admin.StateReview})},
		{"items hidden, of everybody", items(admin.ItemQuery{State: "hidden"})},
		{"health", func(ctx context.Context) error {
			_, err := a.Health(ctx)
			return err
		}},
		{"explain one record", func(ctx context.Context) error {
			found, err := a.Explain(ctx, size.Record(size.Mailboxes))
			if err == nil && found[0].State != "linked" {
				err = fmt.Errorf("the record is %s", found[0].State)
			}
			return err
		}},
	}
}

// looks is how often each page is looked at.
const looks = 20

// overview measures how long people wait for pages about a large company. Nothing is asked of any service.
func (r *run) overview(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "raynetsync-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := openCrowd(ctx, dir, r.Crowd, r.Tell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	for _, p := range pages(a.Admin, r.Crowd) {
		r.Tell("measuring: " + p.name)
		if err := p.look(ctx); err != nil { // once to warm up, as a browser's second click is
			return fmt.Errorf("%s: %w", p.name, err)
		}
		look := Look{Name: p.name, Mailboxes: r.Crowd.Mailboxes, Links: r.Crowd.Links, Times: looks}
		if err := look.measure(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		r.report.Looks = append(r.report.Looks, look)
	}
	return nil
}

// measure looks at a page again and again.
func (l *Look) measure(ctx context.Context, p page) error {
	before, err := takeUsage()
	if err != nil {
		return err
	}
	started := time.Now()
	for range l.Times {
		if err := p.look(ctx); err != nil {
			return err
		}
	}
	l.MS = time.Since(started).Seconds() * 1000 / float64(l.Times)
	after, err := takeUsage()
	l.CPUMS = (after.cpu - before.cpu) * 1000 / float64(l.Times)
	return err
}

// openCrowd makes a database with many users and links and opens the product on it.
func openCrowd(ctx context.Context, dir string, size crowd.Size, tell func(string)) (*app.App, error) {
	nowhere := emulation.Info{RaynetURL: "http://127.0.0.1:1/api/v2/", RaynetInstance: "crowd", RaynetUser: "u", RaynetAPIKey: "k",
		TenantID: "11111111-1111-4111-8111-111111111111", ClientID: "22222222-2222-4222-8222-222222222222", ClientSecret: "s",
		GraphURL: "http://127.0.0.1:1/v1.0", AuthorityURL: "https://127.0.0.1:1/"}
	a, err := app.Open(ctx, app.Options{Config: settings(nowhere, dir, record.Calendar)})
	if err != nil {
		return nil, err
	}
	tell(fmt.Sprintf("filling a database: %d mailboxes, %d links", size.Mailboxes, size.Links))
	size.Connection = app.ConnectionName
	err = crowd.Fill(ctx, a.Store, size, time.Now())
	if err == nil {
		_, err = a.Store.Acquire(ctx, admin.ServerLease(size.Connection), "bench", time.Hour)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}
