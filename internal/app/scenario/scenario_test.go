package scenario_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/app/scenario"
)

func stories(t *testing.T) []scenario.Story {
	t.Helper()
	stories, err := scenario.Read("testdata")
	if err != nil {
		t.Fatal(err)
	}
	if len(stories) < 40 {
		t.Fatalf("%d stories, want at least 40", len(stories))
	}
	return stories
}

// Every story comes out as it is told.
func TestStories(t *testing.T) {
	t.Parallel()
	for i, story := range stories(t) {
		if story.File == tooLong || i%tellEvery != 0 {
			continue
		}
		t.Run(story.File, func(t *testing.T) {
			t.Parallel()
			outcome, err := scenario.Run(t.Context(), story, t.TempDir())
			if err != nil {
				t.Fatalf("%v\n\nwhat happened:\n%s", err, strings.Join(outcome.Trace, "\n"))
			}
		})
	}
}

// Every invariant that concerns the calendar from the outside has a story, and every row of a table is complete.
func TestStoriesCover(t *testing.T) {
	t.Parallel()
	proved := map[string]bool{}
	for _, story := range stories(t) {
		for _, name := range story.Proves {
			proved[name] = true
		}
		for _, row := range story.Rows {
			if row.When == "" || row.Then == "" || story.Table == "" {
				t.Errorf("%s: a row of a table needs TABLE, WHEN and THEN: %+v", story.File, row)
			}
		}
	}
	for _, name := range []string{"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I10", "I11"} {
		if !proved[name] {
			t.Errorf("no story proves %s", name)
		}
	}
}

// docs/semantics.md says what the stories say.
func TestSemanticsAreUpToDate(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("../../../docs/semantics.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scenario.Semantics(stories(t)), string(got)); diff != "" {
		t.Errorf("docs/semantics.md is not up to date, run go generate ./internal/app/scenario (-want +got):\n%s", diff)
	}
}

// The package's documentation lists every line that a story may have.
func TestGrammarIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, pattern := range scenario.Grammar() {
		if !slices.Contains(lines, "//\t"+pattern) {
			t.Errorf("doc.go does not list %q", pattern)
		}
	}
}

// A story that is wrong fails, and says where.
func TestStoriesCanFail(t *testing.T) {
	t.Parallel()
	const begin = "STORY x\nPERSON Jana\nJana makes a meeting in RAYNET: \"Porada\", on 2026-10-22 10:00-11:00\nSYNC\n"
	for _, test := range []struct{ name, text, want string }{
		{"a line nobody understands", "STORY x\nPERSON Jana\nJana dances\n", "x.txt:3: Jana dances"},
		{"a word nobody understands", begin + "Jana changes \"Porada\" in RAYNET: colour red\n", "x.txt:5:"},
		{"nobody of that name", "STORY x\nEva makes a meeting in RAYNET: \"Porada\"\n", "nobody is called Eva"},
		{"a thing that is not there", begin + "WANT in Outlook of Jana: \"Jiná\"\n", "0 things called"},
		{"a wrong place", begin + "WANT in Outlook of Jana: \"Porada\", place \"Brno\"\n", "place is \"\", want \"Brno\""},
		{"a wrong time", begin + "WANT in Outlook of Jana: \"Porada\", on 2026-10-22 10:00-11:30\n", "2026-10-22 11:00"},
		{"a wrong plan", begin + "PLAN\n  Jana: create in Outlook \"Porada\"\n", "wanted, not there"},
		{"a wrong journal", begin + "WANT JOURNAL\n  nothing\n", "there, not wanted"},
		{"a wrong state", begin + "WANT \"Porada\" of Jana is hidden (deleted-in-outlook)\n", "it is linked"},
		{"a wrong number", begin + "WANT in RAYNET 2 activities\n", "1, want 2"},
		{"trouble that was not told", begin + "BREAK Graph: GET is answered 429, always\nPASS 5 minutes\nSYNC\n", "did not say so"},
		{"a value in the database", begin + "WANT \"default\" NOWHERE in database and log\n", "holds it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story, err := scenario.Parse("x.txt", []byte(test.text))
			if err == nil {
				_, err = scenario.Run(t.Context(), story, t.TempDir())
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}

// What is no story is refused with its line.
func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"no heading", "PERSON Jana\n", "a story has a STORY line"},
		{"nothing happens", "STORY x\n", "a story has a STORY line"},
		{"an indented line alone", "STORY x\n  y\n", "x.txt:2:"},
		{"an unknown table", "STORY x\nTABLE y\n", "x.txt:2:"},
		{"THEN alone", "STORY x\nTHEN y\n", "x.txt:2:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := scenario.Parse("x.txt", []byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one that says %q", err, test.want)
			}
		})
	}
}
