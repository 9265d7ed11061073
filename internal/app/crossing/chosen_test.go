package crossing_test

import (
	"fmt"
	"slices"
	"testing"

	"raynetsync/internal/app/stage"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
)

// defaultFolder lists the requests for contacts of the mailbox itself, outside of our folder.
func defaultFolder(w *world) []chaos.Entry {
	var out []chaos.Entry
	for _, entry := range w.outlook.Layer().Requests() {
		if entry.Path == "/v1.0/users/"+w.users[0].mailbox+"/contacts" || entry.Path == "/users/"+w.users[0].mailbox+"/contacts" {
			out = append(out, entry)
		}
	}
	return out
}

// TestTheUsersOwnContacts: somebody who is in the user's own contacts already is asked about where that is wanted; otherwise these
// contacts are never looked at.
func TestTheUsersOwnContacts(t *testing.T) {
	t.Parallel()
	for _, match := range []bool{true, false} {
		t.Run(fmt.Sprint("match_default_folder ", match), func(t *testing.T) {
			t.Parallel()
			w := setup(t, settings{matchDefault: match})
			u := w.users[0]
			w.enrol(t, u, record.Contacts)
			own, err := w.outlook.CreateContactAs(u.mailbox, map[string]any{"givenName": "Jan", "surname": "Známý",
				"emailAddresses": []any{map[string]any{"address": "Znamy@klient.example.cz"}}})
			if err != nil {
				t.Fatal(err)
			}
			known, other := w.makeInRaynet(t, u, record.Contacts, "Známý"), w.makeInRaynet(t, u, record.Contacts, "Neznámý")
			w.set(t, known, record.Raynet, record.ContactEmail1, "znamy@klient.example.cz")
			w.set(t, other, record.Raynet, record.ContactEmail1, "neznamy@klient.example.cz")
			w.sync(t)
			w.rest(t, "first")
			w.find(t, other)
			want, looked := 2, len(defaultFolder(w)) > 0
			if !match {
				want = 3
			}
			if got := len(w.outlook.Contacts(u.mailbox)); got != want {
				t.Errorf("the mailbox has %d contacts, want %d", got, want)
			}
			if looked != match {
				t.Errorf("the user's own contacts were looked at: %v, want %v: %+v", looked, match, defaultFolder(w))
			}
			work, err := w.store.WorkOf(w.ctx, remote.Ref{Side: record.Raynet, Type: "person", ID: fmt.Sprint(known.raynet)})
			if err != nil || len(work) > 0 != match || match && work[0].Reason != "lies-outside" {
				t.Errorf("waits for a person: %+v, %v", work, err)
			}
			if after, _ := w.outlook.Contact(u.mailbox, stage.Text(own["id"])); stage.Text(after["changeKey"]) != stage.Text(own["changeKey"]) {
				t.Errorf("the user's own contact was touched: %v", after)
			}
			w.quiet(t)
		})
	}
}

// names lists who is in a mailbox's contacts, in alphabetical order.
func names(w *world, u *user) []string {
	var out []string
	for _, e := range w.outlook.Contacts(u.mailbox) {
		out = append(out, stage.Text(e["surname"]))
	}
	slices.Sort(out)
	return out
}

// TestWhichPersonsAreChosen: by the filter persons come into the folders. Whoever does not pass any more stays there as he is, without
// anything being carried, until he passes again.
func TestWhichPersonsAreChosen(t *testing.T) {
	t.Parallel()
	patch := func(in, out map[string]any) func(*testing.T, *world, thing, bool) {
		return func(t *testing.T, w *world, th thing, chosen bool) {
			t.Helper()
			body := map[bool]map[string]any{true: in, false: out}[chosen]
			if err := w.raynet.EditAs(th.user.login, "person", th.raynet, body); err != nil {
				t.Fatal(err)
			}
		}
	}
	tagged := patch(map[string]any{"tags": []any{"Vip"}}, map[string]any{"tags": []any{"jiný"}})
	tests := []struct {
		filter string
		choose func(t *testing.T, w *world, th thing, in bool)
		before [2][]string // in the mailboxes of Jana and Petr
		chosen [2][]string // when A was chosen
	}{
		{"tag:VIP", tagged, [2][]string{}, [2][]string{{"A"}, {"A"}}},
		{"category:category 7", patch(map[string]any{"category": 7}, map[string]any{"category": 8}), [2][]string{}, [2][]string{{"A"}, {"A"}}},
	}
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			t.Parallel()
			w, a := office(t, test.filter)
			jana, petr := w.users[0], w.users[1]
			w.wantNames(t, "before", test.before)
			test.choose(t, w, a, true)
			w.wantNames(t, "chosen", test.chosen)
			hers, his := a, a
			his.user = petr
			hers, his = w.find(t, hers), w.find(t, his)
			w.set(t, his, record.Outlook, record.ContactMobile, "777 1")
			w.wantNames(t, "chosen", test.chosen)
			if got := w.shows(hers, record.Outlook)[record.ContactMobile]; got != "777 1" {
				t.Errorf("the phone that %s wrote is %q for %s", petr.login, got, jana.login)
			}
			test.choose(t, w, a, false)
			w.wantNames(t, "not chosen any more", test.chosen)
			w.set(t, his, record.Outlook, record.ContactMobile, "777 2")
			w.set(t, his, record.Raynet, record.ContactWeb, "www.a.example")
			w.wantNames(t, "edited meanwhile", test.chosen)
			if got := w.shows(his, record.Raynet)[record.ContactMobile] + w.shows(his, record.Outlook)[record.ContactWeb]; got != "777 1" {
				t.Errorf("of a person who was not chosen something was carried: %q", got)
			}
			test.choose(t, w, a, true)
			w.wantNames(t, "chosen again", test.chosen)
			for _, th := range []thing{hers, his} {
				for _, side := range []record.Side{record.Raynet, record.Outlook} {
					if shown := w.shows(th, side); shown[record.ContactMobile] != "777 2" || shown[record.ContactWeb] != "www.a.example" {
						t.Errorf("chosen again, %s of %s shows %q and %q", side, th.user.login, shown[record.ContactMobile], shown[record.ContactWeb])
					}
				}
			}
			w.quiet(t)
		})
	}
}

// TestEverybodyOrOnesOwn: who gets which persons without a choice among them, and when one changes hands.
func TestEverybodyOrOnesOwn(t *testing.T) {
	t.Parallel()
	everybody := []string{"A", "B", "C", "Microsoft 365", "Vzorová", "Vzorová"} // the users are persons too, and so is whose key it is
	for filter, want := range map[string][2][2][]string{
		"owned": {{{"A", "B"}, {"C"}}, {{"A", "B"}, {"A", "C"}}},
		"all":   {{everybody, everybody}, {everybody, everybody}},
	} {
		t.Run(filter, func(t *testing.T) {
			t.Parallel()
			w, a := office(t, filter)
			w.wantNames(t, "before", want[0])
			if err := w.raynet.EditAs(a.user.login, "person", a.raynet, map[string]any{"owner": w.users[1].person}); err != nil {
				t.Fatal(err)
			}
			w.wantNames(t, "when A changed hands", want[1])
			w.quiet(t)
		})
	}
}

// office is a world of two users who own A and B, and C.
func office(t *testing.T, filter string) (*world, thing) {
	t.Helper()
	w := setup(t, settings{filter: filter})
	jana, petr := w.users[0], w.addUser("petr")
	w.enrol(t, jana, record.Contacts)
	w.enrol(t, petr, record.Contacts)
	a := w.makeInRaynet(t, jana, record.Contacts, "A")
	w.makeInRaynet(t, jana, record.Contacts, "B")
	w.makeInRaynet(t, petr, record.Contacts, "C")
	return w, a
}

// wantNames synchronises until there is rest, and compares who is in the mailboxes of both users.
func (w *world) wantNames(t *testing.T, when string, want [2][]string) {
	t.Helper()
	w.sync(t)
	w.rest(t, when)
	for i, u := range w.users[:2] {
		if got := names(w, u); !slices.Equal(got, want[i]) {
			t.Errorf("%s: the contacts of %s are %q, want %q", when, u.login, got, want[i])
		}
	}
}
