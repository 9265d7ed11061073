package raynet_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet/emulator"
)

// genPerson draws what people type into RAYNET's screens, strange as it may be.
func genPerson(t *rapid.T, companies []int64) map[string]any {
	line := rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[A-Za-zřžýÁ א-ת👋,;<>&"'%._-]{0,30}`), rapid.StringMatching(`[ž]{250,260}`))
	text := func(name string) string { return line.Draw(t, name) }
	number := rapid.OneOf(rapid.Just(""), rapid.StringMatching(`\+?[0-9 ]{3,12}`))
	kind := rapid.SampledFrom([]string{"", "mobil", "Mobil 2", "pevná linka", "domů", "soukromý", "pager"})
	mail := rapid.SampledFrom([]string{"", "a@b.example", "Žofie@B.example", "x y", "info@acme.example"})
	out := map[string]any{
		"titleBefore": text("title"), "firstName": text("first"), "lastName": text("last"), "titleAfter": text("after"),
		"notice": record.HTML(text("note 1") + "\n" + text("note 2")),
		"tags":   rapid.SliceOfN(rapid.SampledFrom([]any{"vip", "VIP", "čaj", "a, b", "x"}), 0, 4).Draw(t, "tags"),
		"contactInfo": map[string]any{
			"email": mail.Draw(t, "mail"), "email2": mail.Draw(t, "mail 2"), "www": text("web"),
			"tel1": number.Draw(t, "tel1"), "tel1Type": kind.Draw(t, "type1"),
			"tel2": number.Draw(t, "tel2"), "tel2Type": kind.Draw(t, "type2"),
		},
		"privateAddress": map[string]any{
			"street": text("street"), "city": text("city"), "province": text("region"), "zipCode": text("zip"),
			"country": rapid.SampledFrom([]string{"", "CZ", "SK", "DE", "JP", "Atlantida"}).Draw(t, "country"),
		},
		"birthday": rapid.SampledFrom([]string{"", "1980-02-29", "2001-12-31"}).Draw(t, "birthday"),
	}
	if company := rapid.SampledFrom(companies).Draw(t, "company"); company != 0 {
		out["relationship"] = map[string]any{"company": company, "type": text("job")}
	}
	return out
}

// bothWays are the fields that cross from Outlook to RAYNET.
func bothWays(shown record.Fields) record.Fields {
	out := record.Fields{}
	for _, spec := range record.ContactSchema().Fields {
		if value, ok := shown[spec.Name]; ok && spec.Flow == record.Both {
			out[spec.Name] = value
		}
	}
	return out
}

// What is shown of one person can be written to another, who then shows the same, but for what the requests told before; and what an
// update does not mention stays.
func TestRoundTripOfPersons(t *testing.T) {
	t.Parallel()
	for _, nested := range []bool{false, true} {
		t.Run(fmt.Sprintf("merges nested %v", nested), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{DailyLimit: 10_000_000, Switches: emulator.Switches{MergeNested: nested}}, nil)
			companies := []int64{0, w.acme, w.globex}
			serial := 0
			rapid.Check(t, func(rt *rapid.T) {
				serial++
				source := w.read(w.contacts(), w.contact(genPerson(rt, companies))).Fields
				asked := bothWays(source)
				ref, requests := w.create(w.contacts(), fmt.Sprintf("ros:r%d", serial), asked)
				want := told(asked, requests)
				compare(rt, "create", want, w.read(w.contacts(), ref).Fields)
				if len(want) != len(asked) {
					rt.Fatalf("create: %d of %d fields are told", len(want), len(asked))
				}

				next := bothWays(w.read(w.contacts(), w.contact(genPerson(rt, companies))).Fields)
				for _, name := range next.Sorted() {
					if rapid.Bool().Draw(rt, "keep "+string(name)) {
						delete(next, name)
					}
				}
				was := w.read(w.contacts(), ref).Fields
				for _, name := range next.Sorted() { // the engine asks for what differs
					if next[name] == was[name] {
						delete(next, name)
					}
				}
				now, requests := w.update(w.contacts(), ref, next)
				want = bothWays(was)
				for name, value := range told(next, requests) {
					want[name] = value
				}
				compare(rt, "update", want, now.Fields)
				for _, name := range next.Sorted() {
					if _, said := told(next, requests)[name]; !said && len(requests) > 0 {
						rt.Fatalf("update: nothing is told of %s", name)
					}
				}
			})
		})
	}
}

// Whatever RAYNET answers, a listing of persons ends with things that have a name, or with a typed error.
func FuzzPerson(f *testing.F) {
	for _, row := range []string{
		`{"id":1,"lastName":"a","contactInfo":{"email":7,"tel1":"1"},"privateAddress":null,"tags":null,"photo":null,"primaryRelationship":{"company":null}}`,
		`{"id":1,"contactInfo":[],"birthday":"1980-02-29T00:00:00.000+01:00","notice":"<p>x","tags":["a,b"]}`,
		`{"id":1,"lastName":"Anonymizováno","birthday":"x","photo":{"id":"y"},"privateAddress":{"country":"\ud800"}}`, `{"id":0}`, `null`,
	} {
		f.Add(row)
	}
	f.Fuzz(func(t *testing.T, row string) {
		client := bare(t, func(r *http.Request) (int, string) {
			if r.URL.Path == "/api/v2/person/1/" {
				return 200, `{"success":"true","data":` + row + `}`
			}
			return 200, `{"success":true,"totalCount":1,"data":[` + row + `]}`
		})
		round, err := client.Begin(t.Context(), []record.Kind{record.Contacts}, time.Unix(0, 0))
		if err != nil {
			asRemote(t, err)
		}
		for _, s := range round.Changed {
			if s.Ref.Type != "person" || number(s.Ref.ID) == 0 || s.Kind != record.Contacts {
				t.Errorf("%+v", s)
			}
		}
		readings, err := client.Read(t.Context(), remote.Scope{Kind: record.Contacts}, []remote.Ref{ref("person", 1)})
		if err == nil && (readings[0].Presence == remote.Gone || readings[0].Presence == remote.Present && readings[0].Snapshot.Ref != ref("person", 1)) {
			t.Errorf("%+v", readings)
		}
	})
}
