package admin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/admin"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/locale"
	"raynetsync/internal/remote"
)

func (o *office) items(q admin.ItemQuery) admin.ItemPage {
	o.t.Helper()
	page, err := o.Items(o.t.Context(), q)
	o.must(err)
	for _, item := range page.Items {
		for _, lang := range []string{"cs", "en"} {
			texts := locale.New(lang)
			if !texts.Has("state."+item.State) || item.Reason != "" && !texts.Has("reason."+item.Reason) && !texts.Has("rule."+item.Reason) {
				o.t.Errorf("%s has no words for %+v", lang, item)
			}
		}
	}
	return page
}

// told puts the items of a page into short texts, in their order.
func told(page admin.ItemPage) []string {
	var out []string
	for _, item := range page.Items {
		user, _, _ := strings.Cut(item.User, "@")
		out = append(out, strings.Join(strings.Fields(fmt.Sprintln(user, item.State, item.Reason, item.Title)), " "))
	}
	return out
}

// crowded is an office in which the first colleague has something in many states.
func crowded(t *testing.T) *office {
	o := newOffice(t, 2).enrol()
	o.meeting("Porada s bankou", 1)
	o.meeting("Školení", 2)
	o.event("Tajná schůzka", 3, "sensitivity", "private")
	o.event("Jen moje", 4, "categories", []any{})
	o.sync(true)
	o.sync(false)
	pair := o.pairsOf()[0].ID
	o.commit(
		journal.PutWork{Work: journal.Work{Pair: pair, Ref: remote.Ref{Side: "raynet", Type: "meeting", ID: "77"}, Why: journal.WhyReview, Reason: "several-matches"}},
		journal.PutWork{Work: journal.Work{Pair: pair, Ref: remote.Ref{Side: "raynet", Type: "meeting", ID: "78"}, Why: journal.WhyParked, Reason: "invalid", RetryAt: o.Clock()}},
		journal.PutWork{Work: journal.Work{Pair: o.pairsOf()[1].ID, Ref: remote.Ref{Side: "raynet", Type: "meeting", ID: "79"}, Why: journal.WhyParked, Reason: "invalid", RetryAt: o.Clock()}},
	)
	return o
}

func TestItemsAreListedByUserAndState(t *testing.T) {
	t.Parallel()
	o := crowded(t)
	tests := []struct {
		name string
		q    admin.ItemQuery
		want []string
	}{
		{"everything of a user", admin.ItemQuery{User: "u0@sample.example"},
			[]string{"u0 review several-matches", "u0 parked invalid", "u0 aside no-category", "u0 aside private", "u0 linked", "u0 linked"}},
		{"a user in a state", admin.ItemQuery{User: "u0@sample.example", State: "linked"}, []string{"u0 linked", "u0 linked"}},
		{"a state of everybody", admin.ItemQuery{State: "parked"}, []string{"u0 parked invalid", "u1 parked invalid"}},
		{"links of everybody", admin.ItemQuery{State: "linked"}, []string{"u0 linked", "u0 linked"}},
		{"a kind that nobody has", admin.ItemQuery{State: "linked", Kind: "tasks"}, nil},
		{"a state that nothing is in", admin.ItemQuery{State: "dissolved"}, nil},
		{"another user", admin.ItemQuery{User: "u1@sample.example"}, []string{"u1 parked invalid"}},
	}
	for _, test := range tests {
		before := o.out.Load()
		page := o.items(test.q)
		got := told(page)
		if test.q.State != "" { // the order of pairs is that of their making
			slices.Sort(got)
		} else if len(got) > 3 {
			slices.Sort(got[2:4])
		}
		if diff := cmp.Diff(test.want, got); diff != "" || page.Next != "" || page.Requests != (admin.Requests{}) || o.out.Load() != before {
			t.Errorf("%s: next %q, requests %+v (-want +got)\n%s", test.name, page.Next, page.Requests, diff)
		}
		for _, item := range page.Items {
			if private := item.Reason == "private"; private && item.When != "" {
				t.Errorf("%s: a private thing: %+v", test.name, item)
			}
			if item.State == "linked" && (item.When == "" || item.Raynet == "" || item.Outlook == "") {
				t.Errorf("%s: a linked thing: %+v", test.name, item)
			}
		}
	}
}

func TestItemsArePaged(t *testing.T) {
	t.Parallel()
	o := crowded(t)
	for _, q := range []admin.ItemQuery{{User: "u0@sample.example"}, {State: "parked"}, {State: "linked"}, {State: "aside"}} {
		whole := o.items(q)
		for limit := 1; limit <= len(whole.Items); limit++ {
			var got []admin.Item
			q.After = ""
			for q.Limit = limit; ; {
				page := o.items(q)
				if got = append(got, page.Items...); page.Next == "" {
					break
				}
				if len(page.Items) != limit || len(got) > len(whole.Items) {
					t.Fatalf("%+v: %d items in a page of %d, %d so far", q, len(page.Items), limit, len(got))
				}
				q.After = page.Next
			}
			ids := func(items []admin.Item) (out []string) {
				for _, item := range items {
					out = append(out, item.User+item.State+item.Raynet+item.Outlook)
				}
				return out
			}
			if diff := cmp.Diff(ids(whole.Items), ids(got)); diff != "" || len(got) == 0 {
				t.Errorf("%+v in pages of %d (-whole +pages)\n%s", q, limit, diff)
			}
		}
	}
}

func TestTitlesAreReadNowAndNeverOfPrivateThings(t *testing.T) {
	t.Parallel()
	o := crowded(t)
	secret := o.copyOf("Školení")
	o.editOutlook(secret, "sensitivity", "private") // since the last cycle: nobody knows it yet
	page := o.items(admin.ItemQuery{User: "u0@sample.example", Titles: true})
	got := told(page)
	slices.Sort(got)
	want := []string{"u0 aside no-category Jen moje", "u0 aside private", "u0 linked", "u0 linked Porada s bankou", "u0 parked invalid", "u0 review several-matches"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := page.Requests.Raynet; n == 0 || n > 8 {
		t.Errorf("%d requests", n)
	}
	o.sync(false)
	for _, item := range o.items(admin.ItemQuery{User: "u0@sample.example", Titles: true}).Items {
		if strings.Contains(item.Title, "Školení") || item.Reason == "turned-private" && item.When != "" {
			t.Errorf("a thing that turned private is told: %+v", item)
		}
	}
}

func TestTitlesOfWhatIsExplained(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2).enrol()
	meeting, event := o.pairUp("Porada s bankou", 1)
	page := o.RaynetPage(ref(meeting))
	if named := o.explain(page); named.Raynet != ref(meeting) || !strings.HasPrefix(page, "http") || o.RaynetPage(outlookRef(event)) != "" {
		t.Errorf("the page %q of the record leads to %+v", page, named)
	}
	titles := func() string {
		t.Helper()
		all := []admin.Explanation{o.explain(outlookRef(event))}
		o.must(o.Titles(t.Context(), all))
		return all[0].Title
	}
	if got := titles(); got != "Porada s bankou" {
		t.Errorf("title %q", got)
	}
	o.editOutlook(event, "sensitivity", "private") // since the last cycle: nobody knows it yet
	if got := titles(); got != "" {
		t.Errorf("the title %q of what is private now is told", got)
	}
	o.sync(false)
	if got := titles(); got != "" {
		t.Errorf("the title %q of what turned private is told", got)
	}
}

func TestWordsAreLookedForInRaynet(t *testing.T) {
	t.Parallel()
	o := crowded(t)
	o.advance(0)
	tests := []struct {
		name string
		q    admin.ItemQuery
		want []string
	}{
		{"a linked record", admin.ItemQuery{Text: "porada bank"}, []string{"u0 linked Porada s bankou"}},
		{"of another user", admin.ItemQuery{Text: "porada", User: "u1@sample.example"}, nil},
		{"in another state", admin.ItemQuery{Text: "porada", State: "parked"}, nil},
		{"of another kind", admin.ItemQuery{Text: "porada", Kind: "contacts"}, nil},
		{"words with a slash", admin.ItemQuery{Text: "porada/banka"}, nil},
		{"a private thing", admin.ItemQuery{Text: "Tajná"}, nil},
		{"nothing", admin.ItemQuery{Text: "zmrzlina"}, nil},
	}
	for _, test := range tests {
		page := o.items(test.q)
		if diff := cmp.Diff(test.want, told(page)); diff != "" || page.Note != admin.NoteRaynetOnly {
			t.Errorf("%s: note %q (-want +got)\n%s", test.name, page.Note, diff)
		}
		if page.Requests.Raynet > 2 || page.Requests.Raynet == 0 {
			t.Errorf("%s: %d requests", test.name, page.Requests.Raynet)
		}
	}
	for _, lang := range []string{"cs", "en"} {
		if !locale.New(lang).Has("overview.note-" + admin.NoteRaynetOnly) {
			t.Errorf("%s has no words for the note", lang)
		}
	}
	o.meeting("Nová schůzka", 5)
	if got := told(o.items(admin.ItemQuery{Text: "nová"})); len(got) != 1 || got[0] != "u0 unknown Nová schůzka" {
		t.Errorf("what was not seen yet: %v", got)
	}
	o.editOutlook(o.copyOf("Porada s bankou"), "sensitivity", "private")
	o.sync(false)
	for _, item := range o.items(admin.ItemQuery{Text: "porada"}).Items {
		if item.Title != "" || item.When != "" {
			t.Errorf("what turned private is told: %+v", item)
		}
	}
}

func TestAReferenceIsExplained(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	id := o.meeting("Porada", 1)
	o.sync(true)
	for _, text := range []string{ref(id), fmt.Sprintf("meeting/%d", id), " event/" + o.copyOf("Porada") + " "} {
		page := o.items(admin.ItemQuery{Text: text})
		if len(page.Explanations) != 1 || page.Explanations[0].State != "linked" || len(page.Items) != 0 {
			t.Errorf("%s: %+v", text, page)
		}
	}
}

func TestItemsRefuseWhatNamesNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1).enrol()
	for _, test := range []struct {
		q    admin.ItemQuery
		code string
	}{
		{admin.ItemQuery{}, admin.FailureSearch},
		{admin.ItemQuery{State: "nonsense"}, admin.FailureSearch},
		{admin.ItemQuery{User: "x@sample.example"}, admin.FailureUser},
		{admin.ItemQuery{User: "x@sample.example", Text: "porada"}, admin.FailureUser},
	} {
		_, err := o.Items(t.Context(), test.q)
		failure, ok := errors.AsType[*admin.Failure](err)
		if !ok || failure.Code != test.code {
			t.Errorf("%+v: %v, want %s", test.q, err, test.code)
		}
	}
}
