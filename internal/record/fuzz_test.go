package record_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
)

func FuzzText(f *testing.F) {
	for _, path := range corpus(f, "testdata/text/*.html", 25) {
		f.Add(readFile(f, path))
	}
	corpus(f, "testdata/fuzz/FuzzText/*", 3)
	f.Fuzz(func(t *testing.T, source string) {
		text := record.Text(source)
		shown := record.HTML(text)
		if again := record.Text(shown); again != text {
			t.Errorf("the text of %q is %q; shown as %q it is %q", source, text, shown, again)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, path := range corpus(f, "testdata/text/*.html", 25) {
		f.Add(readFile(f, path), "vlastní\n\ntext", "Firma: Příklad")
	}
	corpus(f, "testdata/fuzz/FuzzBody/*", 3)
	f.Fuzz(func(t *testing.T, previous, own, block string) {
		if same := record.ComposeBody(previous, nil, nil); same != previous {
			t.Errorf("composing nothing changed %q to %q", previous, same)
		}
		want := record.Body{Own: canonical(own), Block: canonical(block), Online: record.ParseBody(previous).Online}
		composed := record.ComposeBody(previous, &own, &block)
		if got := record.ParseBody(composed); got != want {
			t.Errorf("previous %q composed %q\n got %+v\nwant %+v", previous, composed, got, want)
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	f.Add("2026-03-05T08:00Z/2026-03-05T09:00Z")
	f.Add("2026-03-05/2026-03-06")
	corpus(f, "testdata/fuzz/FuzzParseSpan/*", 3)
	f.Fuzz(func(t *testing.T, text string) {
		span, err := record.ParseSpan(record.Value(text))
		if err != nil {
			return
		}
		again, err := record.ParseSpan(span.Value())
		if err != nil || again != span {
			t.Errorf("%q is %+v, written %q, read back %+v, %v", text, span, span.Value(), again, err)
		}
	})
}

func FuzzShown(f *testing.F) {
	f.Add("body=AAAA subject=BBBB")
	corpus(f, "testdata/fuzz/FuzzShown/*", 3)
	f.Fuzz(func(t *testing.T, text string) {
		shown, err := record.DecodeShown(text)
		if err != nil {
			return
		}
		again, err := record.DecodeShown(shown.Encode())
		if err != nil {
			t.Fatalf("%q is encoded as %q, which cannot be read: %v", text, shown.Encode(), err)
		}
		if diff := cmp.Diff(shown, again); diff != "" {
			t.Errorf("%q -want +got:\n%s", text, diff)
		}
	})
}
