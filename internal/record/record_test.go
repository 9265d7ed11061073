package record_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"raynetsync/internal/record"
)

func TestEventSchemaListsEveryFieldOnce(t *testing.T) {
	t.Parallel()
	want := map[record.Field]record.Flow{
		record.EventSubject: record.Both, record.EventTime: record.Both, record.EventPlace: record.Both, record.EventBody: record.Both,
		record.EventImportance: record.Both, record.EventCancelled: record.Both,
		record.EventCategory: record.ToOutlook, record.EventClient: record.ToOutlook, record.EventGuests: record.ToRaynet,
	}
	schema := record.SchemaOf(record.Calendar)
	got := map[record.Field]record.Flow{}
	for _, spec := range schema.Fields {
		if _, twice := got[spec.Name]; twice {
			t.Errorf("%s is listed twice", spec.Name)
		}
		got[spec.Name] = spec.Flow
		if found, ok := schema.Spec(spec.Name); !ok || found != spec {
			t.Errorf("Spec(%s) = %v, %v", spec.Name, found, ok)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, ok := schema.Spec("deadline"); ok {
		t.Error("events have a deadline")
	}
}

func TestFlowCarries(t *testing.T) {
	t.Parallel()
	for flow, want := range map[record.Flow][2]bool{
		record.Both: {true, true}, record.ToOutlook: {true, false}, record.ToRaynet: {false, true}, "": {false, false},
	} {
		if got := [2]bool{flow.Carries(record.Raynet), flow.Carries(record.Outlook)}; got != want {
			t.Errorf("%q carries from RAYNET, from Outlook: %v, want %v", flow, got, want)
		}
	}
}

func TestSidesAndKinds(t *testing.T) {
	t.Parallel()
	if record.Raynet.Other() != record.Outlook || record.Outlook.Other() != record.Raynet {
		t.Error("the other side of a side is not the other one")
	}
	for _, kind := range []record.Kind{record.Calendar, record.Contacts, record.Tasks} {
		if !kind.Valid() || record.SchemaOf(kind).Kind != kind {
			t.Errorf("%s is not a kind with a schema of its own", kind)
		}
	}
	if record.Side("").Valid() || record.Kind("mail").Valid() {
		t.Error("something unknown is valid")
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source string
		want   record.Value
	}{
		{"", ""}, {" \t\r\n", ""}, {" Porada \r\n vedení\u00a0týmu ", "Porada vedení týmu"}, {"a\x00b\x1bc\u200bd\u00ad", "abcd"},
		{"e\u0301 a\u030a", "é å"}, {"a\xff", "a\uFFFD"}, {"👩\u200d💻 x\u200dy", "👩\u200d💻 xy"},
		{"<b>&amp;</b>", "<b>&amp;</b>"},
	} {
		got := record.Line(test.source)
		if got != test.want {
			t.Errorf("Line(%q) = %q, want %q", test.source, got, test.want)
		}
		if again := record.Line(string(got)); again != got {
			t.Errorf("Line(%q) = %q is no line: %q", test.source, got, again)
		}
	}
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		source string
		runes  int
		want   string
	}{
		{"", 0, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"a bc d", 3, "a…"}, {"čšřž", 2, "č…"}, {"abc", 1, "…"}, {"abc", 0, ""},
		{"abc", -1, ""}, {"xq\u0303y", 3, "x…"}, {"xq\u0303yz", 4, "xq\u0303…"},
	} {
		if got := record.Truncate(test.source, test.runes); got != test.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", test.source, test.runes, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		source, runes := prose().Draw(t, "source"), rapid.IntRange(0, 40).Draw(t, "runes")
		got := record.Truncate(source, runes)
		if utf8.RuneCountInString(got) > runes || !strings.HasPrefix(source, strings.TrimSuffix(got, "…")) {
			t.Fatalf("Truncate(%q, %d) = %q", source, runes, got)
		}
	})
}

func TestEventNatural(t *testing.T) {
	t.Parallel()
	const when = "2026-03-05T08:00Z/2026-03-05T09:00Z"
	for _, test := range []struct {
		subject, when record.Value
		want          string
	}{
		{"Porada vedení", when, when + "|porada vedení"},
		{" PORADA\u00a0 VEDENÍ ", when, when + "|porada vedení"},
		{"", when, ""}, {" \u200b", when, ""}, {"Porada", "", ""},
	} {
		got := record.EventNatural(record.Fields{record.EventSubject: test.subject, record.EventTime: test.when})
		if strings.Join(got, " ") != test.want {
			t.Errorf("natural key of %q at %q = %q, want %q", test.subject, test.when, got, test.want)
		}
	}
}

func TestDigests(t *testing.T) {
	t.Parallel()
	one, other := record.NewDigester([]byte("jeden")), record.NewDigester([]byte("druhý"))
	again := record.NewDigester([]byte("jeden"))
	if one.Value(record.EventSubject, "Porada") != again.Value(record.EventSubject, "Porada") {
		t.Error("equal values have different digests")
	}
	for name, different := range map[string]record.Digest{
		"value": one.Value(record.EventSubject, "porada"), "field": one.Value(record.EventPlace, "Porada"),
		"key": other.Value(record.EventSubject, "Porada"), "boundary": one.Text("subjectP", "orada"),
	} {
		if different == one.Value(record.EventSubject, "Porada") {
			t.Errorf("another %s gives the same digest", name)
		}
	}
	if one.Value(record.EventSubject, "") == "" {
		t.Error("the digest of an empty value means that it was never shown")
	}
}

func TestDigesterCopiesItsKey(t *testing.T) {
	t.Parallel()
	key := []byte("klíč")
	d := record.NewDigester(key)
	before := d.Text("a", "b")
	clear(key)
	if d.Text("a", "b") != before {
		t.Error("the digester follows changes of the caller's key")
	}
}

func TestShownRoundTrip(t *testing.T) {
	t.Parallel()
	d := record.NewDigester([]byte("klíč"))
	names := rapid.SampledFrom([]record.Field{"subject", "time", "place", "body", "importance", "cancelled", "category", "client", "guests"})
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.MapOf(names, rapid.Custom(func(t *rapid.T) record.Value { return record.Value(rapid.String().Draw(t, "v")) })).Draw(t, "fields")
		shown := d.Fields(fields)
		text := shown.Encode()
		got, err := record.DecodeShown(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shown, got); diff != "" {
			t.Fatalf("%q -want +got:\n%s", text, diff)
		}
		if got.Encode() != text {
			t.Fatalf("%q is encoded anew as %q", text, got.Encode())
		}
	})
}

func TestClonesAreIndependent(t *testing.T) {
	t.Parallel()
	fields := record.Fields{"a": "1", "b": "2"}
	clone := fields.Clone()
	clone["a"] = "3"
	shown := record.Shown{"a": "x"}
	other := shown.Clone()
	other["a"] = "y"
	if fields["a"] != "1" || shown["a"] != "x" {
		t.Error("changing a clone changes the original")
	}
	if record.Fields(nil).Clone() != nil || record.Shown(nil).Clone() != nil {
		t.Error("the clone of nil is not nil")
	}
	if diff := cmp.Diff(record.Fields{"b": "2"}, fields.Only("b", "c")); diff != "" {
		t.Errorf("only b and c -want +got:\n%s", diff)
	}
}
