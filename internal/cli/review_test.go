package cli_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli"
	"raynetsync/internal/record"
)

// asked is what a command of an office was asked for.
type asked struct {
	decision admin.Decision
	dry      bool
	undo     string
	paused   []string
}

// deciding is an office in which things wait, and what it is asked for.
func deciding(items ...admin.ReviewItem) (cli.Connection, *asked) {
	o, a := office(), &asked{}
	report := admin.Report{Cycles: []admin.Cycle{{Run: "run-9", Planned: planned().Cycles[0].Planned[1:2], Steps: admin.Steps{Update: 1}}}}
	o.Reviews = func(context.Context, admin.ReviewOptions) ([]admin.ReviewItem, string, error) { return items, "", nil }
	o.Decide = func(_ context.Context, d admin.Decision, dry bool) (admin.Report, error) {
		a.decision, a.dry = d, dry
		return report, nil
	}
	o.Undo = func(_ context.Context, run, by string) (admin.Report, error) {
		a.undo = run + " by " + by
		return report, nil
	}
	pause := func(word string) func(context.Context, string, []record.Kind, string) (admin.Report, error) {
		return func(_ context.Context, user string, kinds []record.Kind, by string) (admin.Report, error) {
			a.paused = append(a.paused, word, user, by)
			for _, kind := range kinds {
				a.paused = append(a.paused, string(kind))
			}
			return admin.Report{Cycles: []admin.Cycle{{Run: "run-9"}}}, nil
		}
	}
	o.Pause, o.Resume = pause("pause"), pause("resume")
	return o, a
}

// reviewed has one item of everything that can wait, with every choice that it can have.
func reviewed() []admin.ReviewItem {
	item := func(what, reason string, choices ...string) admin.ReviewItem {
		return admin.ReviewItem{ID: "3-" + what, Seen: "Xy12", What: what, User: "jana@example.cz", Kind: kind, Since: moment(), Reason: reason, Choices: choices}
	}
	side := func(ref, title string) *admin.ReviewSide {
		return &admin.ReviewSide{Ref: ref, State: admin.SidePresent, Title: title, When: "2026-03-05T09:00+01:00/2026-03-05T10:00+01:00"}
	}
	halted := item(admin.ReviewHalted, "too-many-removals", admin.ChoiceRetry, admin.ChoiceKeep, admin.ChoiceApprove)
	halted.Plan = &admin.ReviewPlan{Removals: 11, Changes: 1, Linked: 40, Steps: planned().Cycles[0].Planned[4:5]}
	gone := item(admin.ReviewContainer, "container-gone", admin.ChoiceContainer, admin.ChoiceRetry)
	gone.Seen = ""
	clash := item(admin.ReviewClash, "clash", admin.ChoiceRaynet, admin.ChoiceOutlook, admin.ChoiceFields, admin.ChoiceRetry)
	clash.Raynet, clash.Outlook = side("raynet:meeting/7", "Porada R"), side("outlook:event/AAA", "Porada O")
	clash.Fields = []admin.ReviewField{{Field: record.EventSubject, Raynet: "Porada R", Outlook: "Porada O", Asks: true},
		{Field: record.EventPlace, Raynet: "", Outlook: "Brno"}}
	several := item(admin.ReviewCandidates, "several-matches", admin.ChoiceLink, admin.ChoiceNew, admin.ChoiceLeave)
	several.Raynet = side("raynet:meeting/8", "Oběd")
	several.Candidates = []admin.ReviewCandidate{{ReviewSide: *side("outlook:event/BBB", "Oběd"), Common: []string{"natural"}, Able: true},
		{ReviewSide: *side("outlook:event/CCC", "Oběd"), Common: []string{"stamp"}, Linked: true,
			Fields: []admin.ReviewField{{Field: record.EventPlace, Raynet: "Brno", Outlook: "Praha"}}}}
	dissolved := item(admin.ReviewDissolved, "edited-against-deletion", admin.ChoiceAgain, admin.ChoiceLeave)
	dissolved.Raynet, dissolved.Outlook = &admin.ReviewSide{Ref: "raynet:meeting/9", State: admin.SideGone}, &admin.ReviewSide{Ref: "outlook:event/D", State: admin.SidePrivate}
	parked := item(admin.ReviewParked, "invalid", admin.ChoiceRetry, admin.ChoiceLeave)
	parked.Detail, parked.Retry = "Business rule violated", moment().Add(time.Hour)
	parked.Outlook = &admin.ReviewSide{Ref: "outlook:event/E", State: admin.SideUnread}
	unread := item(admin.ReviewLoop, "loop", admin.ChoiceRetry, admin.ChoiceLeave)
	unread.Trouble = "throttled"
	return []admin.ReviewItem{halted, gone, item(admin.ReviewRefused, "mailbox-missing", admin.ChoiceRetry), clash, several, dissolved, unread, parked,
		item(admin.ReviewHidden, "deleted-in-outlook", admin.ChoiceAgain)}
}

// What waits is shown side by side, with every choice and what follows from it.
func TestReviewScreens(t *testing.T) {
	t.Parallel()
	full, _ := deciding(reviewed()...)
	empty, _ := deciding()
	for _, lang := range []string{"cs", "en"} {
		code, got := run(t, lang, full, "review")
		if code != cli.Person || strings.Contains(got, "choice.") || strings.Contains(got, "choice-means.") || strings.Contains(got, "review.") {
			t.Errorf("exit code %d, want %d, and no key in place of a text:\n%s", code, cli.Person, got)
		}
		golden(t, "review."+lang, got)
		if code, got := run(t, lang, empty, "review"); code != cli.Done || got == "" {
			t.Errorf("nothing waits: exit code %d and %q, want %d and a sentence", code, got, cli.Done)
		}
		_, got = run(t, lang, full, "resolve", "3-clash@Xy12", "--choose", "raynet", "--dry")
		golden(t, "resolve-dry."+lang, got)
		_, got = run(t, lang, full, "resolve", "3-clash@Xy12", "--choose", "raynet")
		golden(t, "resolve."+lang, got)
	}
	_, got := run(t, "cs", full, "review", "--json")
	golden(t, "review.json", got)
}

// What is typed is handed on: the item with its state as it was seen, the choice, and who sits there.
func TestResolve(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want asked
	}{
		{[]string{"resolve", "3-clash@Xy12", "--choose", "fields", "--field", "subject=raynet", "--field", "place=Outlook"},
			asked{decision: admin.Decision{ID: "3-clash", Seen: "Xy12", Choice: "fields", By: "alena",
				Fields: map[record.Field]record.Side{"subject": record.Raynet, "place": record.Outlook}}}},
		{[]string{"resolve", "p3@-a_b", "--choose", "approve", "--dry"}, asked{decision: admin.Decision{ID: "p3", Seen: "-a_b", Choice: "approve", By: "alena"}, dry: true}},
		{[]string{"resolve", "3-x", "--choose", "link", "--candidate", "2"}, asked{decision: admin.Decision{ID: "3-x", Choice: "link", Candidate: "2", By: "alena"}}},
		{[]string{"resolve", "--undo", "run-9"}, asked{undo: "run-9 by alena"}},
		{[]string{"pause", "jana@example.cz", "--kind", "tasks", "--kind", "contacts"}, asked{paused: []string{"pause", "jana@example.cz", "alena", "tasks", "contacts"}}},
		{[]string{"resume", "jana@example.cz"}, asked{paused: []string{"resume", "jana@example.cz", "alena"}}},
	} {
		o, got := deciding()
		var at terminal
		code := cli.Run(t.Context(), append(test.args, "--config", good(t)), cli.Streams{Out: &at.out, Err: &at.err, Environ: []string{"USER=alena"}}, backends(o))
		if diff := cmp.Diff(test.want, *got, cmp.AllowUnexported(asked{})); code != cli.Done || diff != "" {
			t.Errorf("%v: exit code %d, want %d; asked for (-want +got):\n%s%s", test.args, code, cli.Done, diff, at.err.String())
		}
	}
}

// What makes no sense is wrong usage; what is not as it was seen needs a person.
func TestResolveRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args    []string
		failure string
		want    int
		says    string
	}{
		{[]string{"resolve"}, "", cli.Usage, "--choose"},
		{[]string{"resolve", "3-x"}, "", cli.Usage, "--choose"},
		{[]string{"resolve", "3-x", "--choose", "raynet", "--undo", "r"}, "", cli.Usage, "--undo"},
		{[]string{"resolve", "3-x", "--choose", "fields", "--field", "subject=me"}, "", cli.Usage, "subject=me"},
		{[]string{"pause"}, "", cli.Usage, "USER"},
		{[]string{"pause", "x", "--kind", "mail"}, "", cli.Usage, "kind"},
		{[]string{"resolve", "3-x", "--choose", "raynet"}, admin.FailureSeen, cli.Usage, "3-x"},
		{[]string{"resolve", "3-x", "--choose", "raynet"}, admin.FailureChanged, cli.Person, "3-x"},
		{[]string{"resolve", "3-x", "--choose", "approve"}, admin.FailurePlan, cli.Person, "3-x"},
		{[]string{"resume", "x"}, admin.FailurePaused, cli.Usage, "Nobody"},
	} {
		o, _ := deciding()
		if test.failure != "" {
			failure := &admin.Failure{Code: test.failure, Args: map[string]any{"ID": "3-x", "User": "x"}}
			o.Decide = func(context.Context, admin.Decision, bool) (admin.Report, error) { return admin.Report{}, failure }
			o.Resume = func(context.Context, string, []record.Kind, string) (admin.Report, error) {
				return admin.Report{}, failure
			}
		}
		if code, got := run(t, "en", o, test.args...); code != test.want || !strings.Contains(got, test.says) {
			t.Errorf("%v: exit code %d and %q, want %d and %q", test.args, code, got, test.want, test.says)
		}
	}
}
