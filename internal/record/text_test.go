package record_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
)

var update = flag.Bool("update", false, "write the golden files anew; look at every difference before you commit it")

// The golden files are a promise: digests of these texts lie in people's databases.
func TestTextGolden(t *testing.T) {
	t.Parallel()
	for _, path := range corpus(t, "testdata/text/*.html", 25) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".html"), func(t *testing.T) {
			t.Parallel()
			source := readFile(t, path)
			got := record.Text(source)
			golden := strings.TrimSuffix(path, ".html") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(strings.Split(readFile(t, golden), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if again := record.Text(record.HTML(got)); again != got {
				t.Errorf("the text changes when it is shown again:\n%s", cmp.Diff(got, again))
			}
		})
	}
}

func TestTextRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, source, want string }{
		{"nothing", "", ""},
		{"white space", " \r\n\t&nbsp;", ""},
		{"paragraphs are lines", "<p>a</p><p>b</p>", "a\nb"},
		{"an empty paragraph is not shown", "<p>a</p><p></p><p> </p><p>b</p>", "a\nb"},
		{"a paragraph of a space is a blank line", "<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"},
		{"a line end at the end of a block is none more", "<div>a<br></div><div>b</div>", "a\nb"},
		{"a line end in an empty block is a blank line", "<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
		{"blank lines are collapsed", "a<br><br><br><br>b<br><br>", "a\n\nb"},
		{"line ends of the source are spaces", "<p>a\r\nb\n\tc</p>", "a b c"},
		{"inline elements do not split words", "<p>a<b>b</b>c <i> d</i></p>", "abc d"},
		{"numbered list", "<ol><li>a</li><li>b<ol><li>c</li></ol></li><li>d</li></ol>", "1. a\n2. b\n1. c\n3. d"},
		{"list item of paragraphs", "<ul><li><p>a</p><p>b</p></li></ul>", "- a\nb"},
		{"empty list item", "<ul><li></li><li>a</li></ul>b", "- a\nb"},
		{"cells", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a | b\nc | d"},
		{"cell with several lines", "<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\nb\nc"},
		{"empty cells", "<table><tr><td></td><td>a</td><td>&nbsp;</td><td>b</td><td></td></tr></table>", "a | | b"},
		{"link to its own text", `<a href="http://example.cz/">http://example.cz</a>`, "http://example.cz"},
		{"link with a text", `<a href="http://example.cz/">web</a>.`, "web <http://example.cz/>."},
		{"link to a number", `<a href="tel:+420601234567">+420 601 234 567</a>`, "+420 601 234 567"},
		{"link with a forbidden scheme", `<a href="javascript:x()">web</a>`, "web"},
		{"entities without tags", "a &amp; b", "a & b"},
		{"entities without semicolon in text", "?a=1&copy=2", "?a=1&copy=2"},
		{"a person in angle brackets is no tag", "Jan <jan@example.cz>", "Jan <jan@example.cz>"},
		{"invalid UTF-8", "<p>a\xffb</p>", "a\uFFFDb"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := record.Text(test.source); got != test.want {
				t.Errorf("Text(%q) = %q, want %q", test.source, got, test.want)
			}
		})
	}
}

func TestHTMLIsSimple(t *testing.T) {
	t.Parallel()
	text := "Dobrý den,\nviz https://example.cz/a?b=1&c=2. \"Tom\" & <Jerry>\n\n- konec"
	want := `<p>Dobrý den,<br>viz <a href="https://example.cz/a?b=1&amp;c=2">https://example.cz/a?b=1&amp;c=2</a>. ` +
		`"Tom" &amp; &lt;Jerry&gt;<br><br>- konec</p>`
	if got := record.HTML(text); got != want {
		t.Errorf("HTML(%q)\n got %s\nwant %s", text, got, want)
	}
	if got := record.HTML(" \n"); got != "" {
		t.Errorf("HTML of nothing = %q, want none", got)
	}
}

// A body of a megabyte is rendered in linear time, however deep or broken it is.
func TestTextOfHugeBodies(t *testing.T) {
	t.Parallel()
	row := "<tr><td>Položka</td><td><p class=\"MsoNormal\">1&nbsp;200 Kč</p></td></tr>\r\n"
	rows := 1<<20/len(row) + 1
	bodies := []struct{ name, source, wantStart string }{
		{"table", "<html><body><table>" + strings.Repeat(row, rows) + "</table></body></html>", "Položka | 1 200 Kč\nPoložka | 1 200 Kč\n"},
		{"nesting", strings.Repeat("<div><b>", 1<<17) + "dno", "dno"},
		{"lists", strings.Repeat("<ol><li>x", 1<<16), "1. x\n1. x\n"},
		{"links", strings.Repeat(`<a href="https://example.cz">x`, 1<<15), "xxx"},
		{"brackets", strings.Repeat("<", 1<<20), "<<<"},
		{"ampersands", strings.Repeat("&", 1<<20), "&&&"},
		{"one line", strings.Repeat("slovo ", 1<<17), "slovo slovo"},
	}
	for _, body := range bodies {
		t.Run(body.name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			text := record.Text(body.source)
			record.ComposeBody(body.source, new("nový text"), new("blok"))
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("%d bytes took %v", len(body.source), took)
			}
			if !strings.HasPrefix(text, body.wantStart) {
				t.Errorf("text begins %.60q, want %q", text, body.wantStart)
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	one := readFile(b, "testdata/text/outlook-desktop.html") + readFile(b, "testdata/text/teams-cs.html") + readFile(b, "testdata/text/table.html")
	source := strings.Repeat(one, 30_000/len(one)+1)[:30_000]
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		record.Text(source)
	}
}

// corpus returns the files of a pattern, at least so many.
func corpus(tb testing.TB, pattern string, atLeast int) []string {
	tb.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	if len(paths) < atLeast {
		tb.Fatalf("%s: %d files, want at least %d", pattern, len(paths), atLeast)
	}
	return paths
}

func readFile(tb testing.TB, path string) string {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}
