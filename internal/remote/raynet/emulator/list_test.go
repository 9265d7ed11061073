package emulator_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/raynet/emulator"
)

func TestAListRowLacksWhatTheDetailHas(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	id := w.create(w.meeting(map[string]any{"extId": "m365:1", "person": w.contact}))
	row := w.want(http.StatusOK, "GET", "meeting/", "limit=10", nil).rows()[0]
	detail := w.detail(at(id))
	only := func(a, b map[string]any) []string {
		return slices.Sorted(func(yield func(string) bool) {
			for key := range maps.Keys(a) {
				if _, ok := b[key]; !ok && !yield(key) {
					return
				}
			}
		})
	}
	if diff := cmp.Diff([]string{"_version", "companyAddress", "person"}, only(row, detail)); diff != "" {
		t.Errorf("only in the row (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"extIds", "owner"}, only(detail, row)); diff != "" {
		t.Errorf("only in the detail (-want +got):\n%s", diff)
	}
	ofRow := row["participants"].([]any)[0].(map[string]any)
	ofDetail := detail["participants"].([]any)[0].(map[string]any)
	if diff := cmp.Diff([]string{"id"}, only(ofDetail, ofRow)); diff != "" {
		t.Errorf("only in the detail's participants (-want +got):\n%s", diff)
	}
}

func TestATaskShowsItsDeadlineInTheDetailOnly(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	task := w.meeting(map[string]any{"deadline": "2026-03-06T17:00:00.000+01:00", "person": w.contact, "resolver": w.petr})
	id := number(w.want(http.StatusCreated, "PUT", "task/", "", task).data()["id"])
	row := w.want(http.StatusOK, "GET", "task/", "", nil).rows()[0]
	detail := w.detail(fmt.Sprintf("task/%d/", id))
	if _, ok := row["deadline"]; ok || detail["deadline"] != "2026-03-06T17:00:00.000+01:00" {
		t.Errorf("deadline: row %v, detail %v; want none and the moment", row["deadline"], detail["deadline"])
	}
	if name := row["person"].(map[string]any)["name"]; name != "Karel Dvořák" {
		t.Errorf("person in the row: got %v", row["person"])
	}
	if name := detail["person"].(map[string]any)["fullName"]; name != "Karel Dvořák" {
		t.Errorf("person in the detail: got %v", detail["person"])
	}
	if len(detail["participants"].([]any)) != 2 {
		t.Errorf("participants: got %v, want owner and resolver", detail["participants"])
	}
}

func TestMomentsAreShownToTheMinuteInTheUsersZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Zone: "America/Sao_Paulo"})
	id := w.create(w.meeting(map[string]any{"scheduledFrom": "2026-03-06T09:00:59.999+01:00"}))
	if status, err := w.plain("POST", at(id), map[string]any{"scheduledTill": "2026-03-06 06:15"}); status != 200 || err != nil {
		t.Fatalf("the plain form: got %d %v", status, err)
	}
	plain := w.want(http.StatusOK, "GET", at(id), "", nil).data()
	iso := w.detail(at(id))
	want := map[string][2]string{
		"scheduledFrom":     {"2026-03-06 05:00", "2026-03-06T05:00:00.000-03:00"},
		"scheduledTill":     {"2026-03-06 06:15", "2026-03-06T06:15:00.000-03:00"},
		"rowInfo.createdAt": {"2026-03-05 05:30", "2026-03-05T05:30:00.000-03:00"},
	}
	for key, value := range want {
		if plain[key] != value[0] || iso[key] != value[1] {
			t.Errorf("%s: got %v and %v, want %v", key, plain[key], iso[key], value)
		}
	}
}

func TestWhichMomentsAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	tests := []struct {
		text string
		want int
	}{
		{"2026-03-05T09:30:00.000+01:00", 201},
		{"2026-03-05 09:30", 201},
		{"0001-01-01T00:00:00.000+00:00", 201},
		{"2026-03-05T09:30:00+01:00", 400},
		{"2026-03-05T09:30:00.0+01:00", 400},
		{"2026-03-05T08:30:00.000Z", 400},
		{"2026-03-05", 400},
		{"tomorrow", 400},
	}
	for _, test := range tests {
		sent := w.meeting(map[string]any{"scheduledFrom": test.text, "scheduledTill": nil})
		r, err := w.plain("PUT", "meeting/", sent)
		if err != nil || r != test.want {
			t.Errorf("%q: got %d %v, want %d", test.text, r, err, test.want)
		}
	}
	w.server.Switch(func(sw *emulator.Switches) { sw.ZuluSuffix = emulator.Accept })
	id := w.must(w.server.CreateAs(jana, "meeting", w.meeting(map[string]any{"scheduledFrom": "2026-03-05T08:30:00.000Z"})))
	if got := w.detail(at(id))["scheduledFrom"]; got != "2026-03-05T09:30:00.000+01:00" {
		t.Errorf("Z accepted: got %v", got)
	}
}

func TestUnknownQueryNamesAndOperatorsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	tests := []struct {
		path, name, value string
		want              int
	}{
		{"meeting/", "title[LIKE_NOCASE]", "%schůz%", 200},
		{"meeting/", "status", "NEW", 200},
		{"meeting/", "status[IN]", "NEW", 400},
		{"meeting/", "sort", "id", 400},
		{"meeting/", "company[EQ]", "1", 400},
		{"meeting/", "companyContextFilter", "1", 200},
		{"meeting/", "companyContextFilter[GT]", "1", 400},
		{"meeting/", "deadline[GT]", "2026-03-05 10:00", 400},
		{"task/", "deadline[GT]", "2026-03-05 10:00", 200},
		{"meeting/", "rowInfo.lastModifiedAt[EQ]", "2026-03-05 10:00", 400},
		{"meeting/", "rowInfo.lastModifiedAt[GE]", "2026-3-5 14:05", 200},
		{"meeting/", "rowInfo.lastModifiedAt[GE]", "yesterday", 400},
		{"meeting/", "sortColumn", "deadline", 400},
		{"task/", "sortColumn", "deadline", 200},
		{"meeting/", "sortDirection", "down", 400},
		{"meeting/", "limit", "x", 400},
		{"person/", "personRelationship[CUSTOM]", "1", 200},
		{"person/", "personRelationship", "1", 400},
		{"person/", "title", "x", 400},
		{"userAccount/", "username", "x", 200},
	}
	for _, test := range tests {
		if got, err := w.plain("GET", test.path+"?"+filter(test.name, test.value), nil); got != test.want || err != nil {
			t.Errorf("%s %s=%s: got %d %v, want %d", test.path, test.name, test.value, got, err, test.want)
		}
	}
}

func TestFiltersFindWhatTheySay(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	a := w.create(w.meeting(map[string]any{"title": "Alfa plán", "tags": []any{"x", "y"}, "category": 2}))
	w.pass(10 * time.Minute)
	b := w.create(w.meeting(map[string]any{"title": "beta", "owner": w.petr, "status": "CANCELLED", "person": w.contact}))
	w.pass(10 * time.Minute)
	c := w.create(w.meeting(map[string]any{"title": "Gama", "scheduledFrom": nil, "scheduledTill": nil, "company": nil}))
	w.want(http.StatusOK, "POST", at(a), "", map[string]any{"priority": "MINOR"})
	tests := []struct {
		query string
		want  []int64
	}{
		{filter("id[GT]", fmt.Sprint(a)), []int64{b, c}},
		{filter("id[GE]", fmt.Sprint(a), "id[LT]", fmt.Sprint(c)), []int64{a, b}},
		{filter("id[IN]", fmt.Sprintf("%d,%d", a, c)), []int64{a, c}},
		{filter("title", "beta"), []int64{b}},
		{filter("title[NE]", "beta"), []int64{a, c}},
		{filter("title[LIKE]", "%a"), []int64{b, c}},
		{filter("title[LIKE_NOCASE]", "g%"), []int64{c}},
		{filter("status", "CANCELLED"), []int64{b}},
		{filter("owner-id", fmt.Sprint(w.petr)), []int64{b}},
		{filter("personFilter", fmt.Sprint(w.contact)), []int64{b}},
		{filter("companyContextFilter", fmt.Sprint(w.acme)), []int64{a, b}},
		{filter("category-id[EQ]", ""), []int64{b, c}},
		{filter("category-id[NE]", ""), []int64{a}},
		{filter("tags", "y,z"), []int64{a}},
		{filter("fulltext", "plá alf"), []int64{a}},
		{filter("scheduledFrom[LT]", "2026-03-06 09:01", "scheduledTill[GT]", "2026-03-06 09:59"), []int64{a, b}},
		{filter("rowInfo.lastModifiedAt[GE]", "2026-03-05 09:50"), []int64{a, c}},
		{filter("rowInfo.lastModifiedAt[GT]", "2026-03-05 09:50"), nil},
		{filter("rowInfo.updatedAt[GE]", "2026-03-05 00:00"), []int64{a}},
		{filter("rowInfo.lastModifiedAt[LE]", "2026-03-05 09:40"), []int64{b}},
		{filter("sortColumn", "title", "sortDirection", "DESC"), []int64{b, c, a}},
		{filter("sortColumn", "rowInfo.lastModifiedAt"), []int64{b, a, c}},
		{filter("limit", "1", "offset", "1"), []int64{b}},
		{filter("limit", "2", "sortDirection", "DESC", "sortColumn", "id"), []int64{c, b}},
	}
	for _, test := range tests {
		got := w.want(http.StatusOK, "GET", "meeting/", test.query, nil)
		if diff := cmp.Diff(test.want, got.ids()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.query, diff)
		}
		if total := number(got.body["totalCount"]); !strings.Contains(test.query, "limit") && total != int64(len(test.want)) {
			t.Errorf("%s: totalCount %d, want %d", test.query, total, len(test.want))
		}
	}
}

func TestTheFilterComparesMinutesOrSeconds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	w.create(w.meeting(nil)) // at 09:30:45
	query := filter("rowInfo.lastModifiedAt[GT]", "2026-03-05 09:30")
	if got := w.want(http.StatusOK, "GET", "meeting/", query, nil).ids(); len(got) != 0 {
		t.Errorf("by minutes: got %v, want none", got)
	}
	w.server.Switch(func(sw *emulator.Switches) { sw.ComparesSeconds = true })
	if got := w.want(http.StatusOK, "GET", "meeting/", query, nil).ids(); len(got) != 1 {
		t.Errorf("by seconds: got %v, want the meeting", got)
	}
}

func TestTheLimitEndsAtAThousand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	for range 1001 {
		w.must(w.server.CreateAs(jana, "meeting", map[string]any{"title": "x"}))
	}
	for limit, want := range map[string]int{"": 20, "limit=5": 5, "limit=1000": 1000, "limit=5000": 1000} {
		got := w.want(http.StatusOK, "GET", "meeting/", limit, nil)
		if len(got.rows()) != want || number(got.body["totalCount"]) != 1001 {
			t.Errorf("%q: got %d of %v, want %d of 1001", limit, len(got.rows()), got.body["totalCount"], want)
		}
	}
	if err := w.server.Inject("raynet-over-limit"); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusBadRequest, "GET", "meeting/", "limit=1001", nil)
}

func TestOneListShowsAllActivities(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	var want []string
	for _, entity := range []string{"meeting", "event", "phoneCall", "email", "task", "letter"} {
		w.must(w.server.CreateAs(jana, entity, map[string]any{"title": entity}))
		want = append(want, strings.ToUpper(entity[:1])+entity[1:])
	}
	list := w.want(http.StatusOK, "GET", "activity/", "limit=10", nil)
	var got []string
	for _, row := range list.rows() {
		got = append(got, row["_entityName"].(string))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
	if status, _ := w.plain("GET", fmt.Sprintf("activity/%d/", list.ids()[0]), nil); status != 404 {
		t.Errorf("detail below /activity/: got %d, want 404", status)
	}
	if status, _ := w.plain("GET", "phonecall/", nil); status != 200 {
		t.Errorf("/phonecall/: got %d, want 200", status)
	}
}

func TestTheStateViewShowsStampsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	w.create(w.meeting(nil))
	resp, err := w.server.Transport().RoundTrip(w.request("activity/?view=rowInfo"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got struct {
		Data []map[string]any `json:"data"`
	}
	if err := json.UnmarshalRead(resp.Body, &got); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"_entityName", "_version", "id", "rowInfo.createdAt", "rowInfo.createdBy", "rowInfo.rowAccess", "rowInfo.rowState",
		"rowInfo.updatedAt", "rowInfo.updatedBy",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got.Data[0]))); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestManyWritersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Connections: -1, KeepHistory: true})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				if status, err := w.plain("PUT", "meeting/", w.meeting(nil)); status != 201 || err != nil {
					t.Errorf("create: %d %v", status, err)
				}
				if status, err := w.plain("GET", "activity/", nil); status != 200 || err != nil {
					t.Errorf("list: %d %v", status, err)
				}
			}
		})
	}
	all.Wait()
	seen := map[int64]bool{}
	for _, meeting := range w.server.All("meeting") {
		seen[meeting["id"].(int64)] = true
	}
	if len(seen) != 80 || len(w.server.History()) < 80 {
		t.Errorf("got %d meetings and %d writes, want 80", len(seen), len(w.server.History()))
	}
}

func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	tell := func() string {
		w := newWorld(t, emulator.Options{Seed: 7})
		w.create(w.meeting(map[string]any{"tags": []any{"b", "a"}, "person": w.contact}))
		w.want(http.StatusCreated, "PUT", "webhook/", "", map[string]any{"url": "https://x.example/", "events": []any{"record.created"}})
		var out strings.Builder
		for _, path := range []string{"meeting/", "person/", "company/", "userAccount/", "webhook/"} {
			out.Write(w.want(http.StatusOK, "GET", path, "", nil).raw)
		}
		return out.String()
	}
	if first, second := tell(), tell(); first != second {
		t.Errorf("two worlds differ:\n%s\n%s", first, second)
	}
}
