package record_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
)

func TestParseBody(t *testing.T) {
	t.Parallel()
	const block = "<p>——— RAYNET ———<br>Firma<br>Jan<br>——— /RAYNET ———</p>"
	const border = "<div>________________________________________________________________________________</div>"
	const join = `<div><a href="https://teams.microsoft.com/l/meetup-join/19%3ax/0">Join</a></div>`
	for _, test := range []struct {
		name, source string
		want         record.Body
	}{
		{"nothing", "", record.Body{}},
		{"own alone", "<p>a</p>", record.Body{Own: "a"}},
		{"plain text", "a\nb", record.Body{Own: "a\nb"}},
		{"block alone", block, record.Body{Block: "Firma\nJan"}},
		{"own around the block", "<p>a</p>" + block + "<p>b</p>", record.Body{Own: "a\nb", Block: "Firma\nJan"}},
		{"block in plain text", "a\n--- RAYNET ---\nFirma\n--- /RAYNET ---\nb", record.Body{Own: "a\nb", Block: "Firma"}},
		{"other dashes and spaces", "<p>a<br>–– RAYNET&nbsp;––––<br>Firma<br>--  / raynet  --</p>b", record.Body{Own: "a\nb", Block: "Firma"}},
		{"formatted markers", "<p><b>——— </b><i>RAYNET</i> ———</p><p>Firma</p><p>——— <u>/RAYNET ———</u></p>b", record.Body{Own: "b", Block: "Firma"}},
		{"end marker removed", "<p>a</p><p>——— RAYNET ———<br>Firma</p>b", record.Body{Own: "a", Block: "Firma\nb"}},
		{"end marker removed before a meeting", "<p>——— RAYNET ———<br>Firma</p>" + border + join + border + "b", record.Body{Own: "b", Block: "Firma", Online: true}},
		{"begin marker removed", "<p>Firma<br>——— /RAYNET ———</p>b", record.Body{Own: "Firma\nb"}},
		{"block copied", block + "a" + strings.ReplaceAll(block, "Firma", "Jiná"), record.Body{Own: "a", Block: "Firma\nJan"}},
		{"a word is no marker", "<p>RAYNET</p><p>- RAYNET -</p><p>——— RAYNET CRM ———</p>", record.Body{Own: "RAYNET\n- RAYNET -\n——— RAYNET CRM ———"}},
		{"meeting", "a" + border + join + border, record.Body{Own: "a", Online: true}},
		{"meeting without its last line", "a" + border + join, record.Body{Own: "a", Online: true}},
		{"meeting after a border of somebody's own", border + "a" + border + join + border, record.Body{Own: strings.Repeat("_", 80) + "\na", Online: true}},
		{"meeting before our block", border + join + border + block, record.Body{Block: "Firma\nJan", Online: true}},
		{"borders without a meeting", border + "a" + border, record.Body{Own: strings.Repeat("_", 80) + "\na\n" + strings.Repeat("_", 80)}},
		{"address without borders", "a" + join, record.Body{Own: "a\nJoin <https://teams.microsoft.com/l/meetup-join/19%3ax/0>"}},
		{"meeting in plain text", "a\n________________________\nhttps://teams.live.com/meet/123\n________________________\nb", record.Body{Own: "a\nb", Online: true}},
		{"meeting behind Safe Links", border + `<a href="https://eur05.safelinks.protection.outlook.com/?url=https%3A%2F%2Fteams.microsoft.com%2Fl%2Fmeetup-join%2F19%253ax">Join</a>` + border, record.Body{Online: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, record.ParseBody(test.source)); diff != "" {
				t.Errorf("ParseBody(%q) -want +got:\n%s", test.source, diff)
			}
		})
	}
}

func TestParseBodyOfInvitations(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]string{"teams-cs": "Projdeme nabídku.", "teams-en": "", "teams-de": "Agenda folgt.", "teams-old-layout": ""} {
		want := record.Body{Own: own, Online: true}
		if diff := cmp.Diff(want, record.ParseBody(readFile(t, "testdata/text/"+name+".html"))); diff != "" {
			t.Errorf("%s -want +got:\n%s", name, diff)
		}
	}
}

func TestComposeBody(t *testing.T) {
	t.Parallel()
	const block = "<p>——— RAYNET ———<br>Firma<br>——— /RAYNET ———</p>"
	for _, test := range []struct {
		name, previous string
		own, block     *string
		want           string
	}{
		{"nothing of nothing", "", nil, nil, ""},
		{"own into nothing", "", new("a\nb"), nil, "<p>a<br>b</p>"},
		{"block into nothing", "", nil, new("Firma"), block},
		{"block after own", `<p class="x">a</p>`, nil, new("Firma"), `<p class="x">a</p>` + block},
		{"block into a document", "<html><body><div><p>a</p></div></body></html>", nil, new("Firma"), "<html><body><div><p>a</p></div>" + block + "</body></html>"},
		{"block after plain text", "a\nb", nil, new("Firma"), "<p>a<br>b</p>" + block},
		{"block before a meeting", "<p>a</p>" + teams + "<p>b</p>", nil, new("Firma"), "<p>a</p>" + block + teams + "<p>b</p>"},
		{"block replaced", "<p>a</p>" + block + "<p>b</p>", nil, new("Nová"), "<p>a</p>" + strings.ReplaceAll(block, "Firma", "Nová") + "<p>b</p>"},
		{"block the same", "<p>a</p><div>-- RAYNET --</div> <b>Firma</b>", nil, new("Firma"), "<p>a</p><div>-- RAYNET --</div> <b>Firma</b>"},
		{"block removed", "<p>a</p>" + block + "<p>b</p>", nil, new(""), "<p>a</p><p>b</p>"},
		{"block removed among lines", "<p>a<br>——— RAYNET ———<br>x<br>——— /RAYNET ———<br>b</p>", nil, new(""), "<p>a<br>b</p>"},
		{"own replaced in a document", "<html><head><style>p{}</style></head><body lang=CS><div><p>a</p>" + block + "</div></body></html>", new("b"), nil,
			"<html><head><style>p{}</style></head><body lang=CS><p>b</p><div>" + block + "</div></body></html>"},
		{"own removed", "<p>a</p>" + teams + "<p>b</p>", new(""), nil, teams},
		{"own around the meeting", "<p>a</p>" + teams + "<p>b</p>", new("c"), new("Firma"), "<p>c</p>" + block + teams},
		{"a marker in own text", "", new("——— RAYNET ———\nx"), nil, "<p>—\u2060—— RAYNET ———<br>x</p>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, record.ComposeBody(test.previous, test.own, test.block)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A block that is written again and again, as a busy record's is, leaves no shells behind.
func TestComposeBodyDoesNotGrow(t *testing.T) {
	t.Parallel()
	source := "<html><body><div>a</div>" + teams + "</body></html>"
	first := record.ComposeBody(source, nil, new("stav 0"))
	now := first
	for _, text := range strings.Split(strings.Repeat("stav 1,stav 2,stav 0,", 20), ",")[:60] {
		now = exchange(now)
		now = strings.TrimSuffix(now[strings.Index(now, "<html><body>"):], "\r\n</body>\r\n</html>\r\n")
		now = record.ComposeBody(now, nil, &text)
	}
	if got, want := strings.Count(now, "<"), strings.Count(first, "<"); got != want {
		t.Errorf("%d tags after 60 changes, want %d:\n%s", got, want, now)
	}
}
