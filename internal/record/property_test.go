package record_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"raynetsync/internal/record"
)

// prose draws texts full of what goes wrong: markup, entities, addresses, invisible characters, marks that combine.
func prose() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"\n", "\n\n", " ", "  ", "\t", "\u00a0", "\u200b", "\u2060", "\u00ad", "\u0301", "\u0338", "\r\n", "\u2028",
			"<", ">", "&", "\"", "'", "&amp;", "&nbsp;", "<b>", "</p>", "<br>", "<!--", "<script>", "&copy", "&#65;", "<url>",
			"- položka", "1. bod", " | ", "Porada", "čaj", "Jan Novák", "👨\u200d👩\u200d👧", "e\u0301", "ﬁ", "𝅗𝅥", "한국", "\x00", "\x07",
			"https://example.cz", "http://www.example.cz/a?b=1&c=2#d", "https://example.cz/x(y).", "<https://example.cz/>",
			"www.example.cz", "jan@example.cz", "tel:+420123456789", "https://exämple.cz/ž", "https://a b",
			"https://example.cz/%C5%BE%2F", "HTTP://EXAMPLE.cz/A", "https://example.cz/a//", "https://u:p@example.cz",
			"________________________________________________________________________________",
			"——— RAYNET ———", "——— /RAYNET ———", "-- raynet --", "Microsoft Teams",
			"https://teams.microsoft.com/l/meetup-join/19%3ameeting_X%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d",
		}),
		rapid.String(),
		rapid.StringMatching(`[a-z ]{0,12}`),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 14).Draw(t, "pieces"), "")
	})
}

// canonical is the canonical form of a plain text, by way of the HTML that shows it.
func canonical(text string) string { return record.Text(record.HTML(text)) }

func TestTextOfHTMLIsTheText(t *testing.T) {
	t.Parallel()
	services := map[string]func(string) string{
		"as it is":            func(s string) string { return s },
		"Exchange":            exchange,
		"Exchange twice":      func(s string) string { return exchange(exchange(s)) },
		"RAYNET":              raynetSanitised(),
		"Exchange and RAYNET": func(s string) string { return raynetSanitised()(exchange(s)) },
		"a common sanitiser":  bluemonday.UGCPolicy().Sanitize,
	}
	for name, service := range services {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				text := canonical(prose().Draw(t, "text"))
				shown := service(record.HTML(text))
				if got := record.Text(shown); got != text {
					t.Fatalf("Text(%q)\n got %q\nwant %q", shown, got, text)
				}
			})
		})
	}
}

func TestTextIsCanonical(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		source := prose().Draw(t, "source")
		got := record.Text(source)
		if again := canonical(got); again != got {
			t.Fatalf("the text of %q is %q, its canonical form %q", source, got, again)
		}
		for l := range strings.SplitSeq(got, "\n") {
			if string(record.Line(l)) != l {
				t.Fatalf("the text of %q holds the line %q, as a line it is %q", source, l, record.Line(l))
			}
		}
		if strings.Contains(got, "\n\n\n") || strings.Trim(got, "\n ") != got {
			t.Fatalf("the text of %q has blank lines at its ends or several together: %q", source, got)
		}
	})
}

func TestBodyRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		previous, held := body().Draw(t, "previous"), true
		if rapid.IntRange(0, 4).Draw(t, "anything") == 0 {
			previous, held = prose().Draw(t, "prose"), false
		}
		was := record.ParseBody(previous)
		want := was
		own, block := part(t, "own"), part(t, "block")
		if own != nil {
			want.Own = canonical(*own)
		}
		if block != nil {
			want.Block = canonical(*block)
		}
		composed := record.ComposeBody(previous, own, block)
		if own == nil && block == nil && composed != previous {
			t.Fatalf("composing nothing changed %q to %q", previous, composed)
		}
		if got := record.ParseBody(composed); got != want {
			t.Fatalf("previous %q\ncomposed %q\n got %+v\nwant %+v", previous, composed, got, want)
		}
		if held && strings.HasPrefix(composed, "<") { // text without tags is not what Exchange holds
			if got := record.ParseBody(exchange(composed)); got != want {
				t.Fatalf("rewritten by Exchange\nprevious %q\ncomposed %q\n got %+v\nwant %+v", previous, composed, got, want)
			}
		}
		if was.Online && !strings.Contains(composed, teamsCore) {
			t.Fatalf("the online-meeting block changed:\nprevious %q\ncomposed %q", previous, composed)
		}
		if again := record.ComposeBody(composed, own, block); again != composed {
			t.Fatalf("composing the same again changed %q to %q", composed, again)
		}
	})
}

func TestBodyPartsThatAreNotGivenStayToTheLetter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		block := rapid.StringMatching(`[a-zA-Z][a-z ]{0,9}(\n[a-z]{1,9}){0,2}`).Draw(t, "block")
		before := rapid.SampledFrom(ownHTML()).Draw(t, "before")
		after := rapid.SampledFrom(append(ownHTML(), "", teams)).Draw(t, "after")
		previous := "<html><head></head><body>" + before + "<p>——— RAYNET ———<br>old<br>——— /RAYNET ———</p>" + after + "</body></html>"
		composed := record.ComposeBody(previous, nil, &block)
		if !strings.HasPrefix(composed, "<html><head></head><body>"+before+"<p>———") || !strings.HasSuffix(composed, "———</p>"+after+"</body></html>") {
			t.Fatalf("previous %q\ncomposed %q", previous, composed)
		}
		none := ""
		if got, want := record.ComposeBody(previous, nil, &none), "<html><head></head><body>"+before+after+"</body></html>"; got != want {
			t.Fatalf("without block\n got %q\nwant %q", got, want)
		}
		own := "Nový text"
		composed = record.ComposeBody(previous, &own, nil)
		if !strings.Contains(composed, "<p>——— RAYNET ———<br>old<br>——— /RAYNET ———</p>") || after == teams && !strings.Contains(composed, teams) {
			t.Fatalf("previous %q\ncomposed %q", previous, composed)
		}
	})
}

// part draws a new text for one part of a body, or nil.
func part(t *rapid.T, name string) *string {
	if !rapid.Bool().Draw(t, name+" given") {
		return nil
	}
	text := prose().Draw(t, name)
	return &text
}

const teamsCore = `<span style="white-space:nowrap; opacity:.36">________________________________________________________________________________</span></div>
<div class="me-email-text" lang="cs-CZ" style="color:#252424; font-family:'Segoe UI'">
<div><span style="font-size:24px">Schůzka v Microsoft Teams</span> <a href="https://aka.ms/JoinTeamsMeeting?omkt=cs-CZ">Potřebujete pomoc?</a></div>
<div><a class="me-email-headline" href="https://teams.microsoft.com/l/meetup-join/19%3ameeting_ZZ%40thread.v2/0?context=%7b%22Tid%22%3a%220%22%7d">Připojit se ke schůzce</a></div>
<div><span>ID schůzky: </span><span>321 654 987 01</span></div>
<div><span>Heslo: </span><span>xY12zz</span></div>
<hr>
</div>
<div><span style="white-space:nowrap; opacity:.36">________________________________________________________________________________</span>`

const teams = `<div style="width:100%">` + teamsCore + `</div>`

func ownHTML() []string {
	return []string{
		"<p>vlastní</p>", "<div>a</div><div>b</div>", `<p class="MsoNormal">Dobrý den,<o:p></o:p></p>`,
		"<p>x</p><p>&nbsp;</p><p>y</p>", "<ul><li>a</li><li>b</li></ul>", "<table><tr><td>a</td><td>b</td></tr></table>",
		`<p>viz <a href="https://example.cz/x">web</a></p>`,
	}
}

// body draws a body as the services hold it: pieces of own HTML, our block, Teams blocks, in any order, wrapped or not.
func body() *rapid.Generator[string] {
	pieces := append(ownHTML(),
		"inline text", "<br>", "<br><br>", "\r\n", "<p></p>", "<!-- c -->", "<style>p{}</style>", `<a href="https://x.example">`, "</a>",
		"<p>——— RAYNET ———<br>Firma<br>——— /RAYNET ———</p>", "<div>--- RAYNET ---</div>", "— / RAYNET —", "——— /RAYNET ———<br>", teams, teams,
		"<div>________________________________</div>", "<div>", "</div>", "<p>", "</p>", "<b>", "</b>", "<ul><li>", "</li></ul>",
		"<table><tr><td>", "</td></tr></table>", "</td><td>", "<pre>a\nb</pre>",
	)
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8).Draw(t, "pieces"), "")
		switch rapid.IntRange(0, 2).Draw(t, "wrapping") {
		case 0:
			return s
		case 1:
			return "<html><head><title>t</title><style>p{margin:0}</style></head><body>" + s + "</body></html>"
		}
		return `<html><head></head><body lang="CS"><div class="WordSection1">` + s + "</div></body></html>"
	})
}

var spaceInText = regexp.MustCompile(` [^<]*`)

// exchange rewrites HTML as Exchange does: wrapped in a document, other line ends, other entities, long lines broken.
func exchange(s string) string {
	var b strings.Builder
	b.WriteString("<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\r\n</head>\r\n<body>\r\n")
	z := html.NewTokenizer(strings.NewReader(s))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw := string(z.Raw())
		if kind != html.TextToken {
			b.WriteString(raw)
			if name, _ := z.TagName(); string(name) == "br" || string(name) == "p" && kind == html.EndTagToken {
				b.WriteString("\r\n")
			}
			continue
		}
		raw = spaceInText.ReplaceAllStringFunc(raw, func(rest string) string {
			if len(rest) > 40 {
				return "\r\n" + rest[1:]
			}
			return rest
		})
		for _, r := range raw {
			if r > 0x9f { // below, numbers mean something else
				fmt.Fprintf(&b, "&#%d;", r)
			} else {
				b.WriteRune(r)
			}
		}
	}
	b.WriteString("\r\n</body>\r\n</html>\r\n")
	return b.String()
}

// raynetSanitised lets through what RAYNET does. // R-26
func raynetSanitised() func(string) string {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "b", "ul", "ol", "li")
	p.AllowStandardURLs()
	p.AllowAttrs("href").OnElements("a")
	return p.Sanitize
}
