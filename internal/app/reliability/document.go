package reliability

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/app/simulator"
)

// The figures stand between these lines of the documents; the rest is written by people.
const (
	figuresBegin = "<!-- figures: written by raynetsync simulate -->"
	figuresEnd   = "<!-- end of figures -->"
)

// ErrNoPlace says that a document has no place for the figures.
var ErrNoPlace = errors.New("the document has no lines that begin and end the figures")

// documents are those that have the figures, and the words of their tables.
func documents() map[string]phrases {
	return map[string]phrases{
		"reliability.md": {
			level: "level", what: "what was lived", histories: "histories", bad: "with a violation", faults: "faults", crashes: "crashes",
			command: "command", commit: "commit", duration: "duration", checker: "invariant", looked: "histories with something to look at",
			share: "share", defects: "Seeded defects: **%d of %d caught** by a checker.", rule: "rule left out", caught: "caught by", after: "after histories",
			redundant: "Left out without effect, because something else holds the same rule (not counted): %s.", missed: "Not caught: %s.",
			names: map[Level]string{Properties: "L0 properties of deciding", Protocol: "L1 write protocol, %d mishaps", Engine: "L2 whole engine",
				Processes: "L3 processes", Fuzz: "foreign bytes", saved: "L2 saved histories",
				varied: "L2 like the saved ones"},
			sampled: ", drawn at random", covered: "%.1f %% of all", seeds: "seeds %d to %d", twice: "%d lived twice, %d differently",
			cases: "%d cases", kills: "%d kills, %d times frozen and overtaken", inputs: "%d inputs to %d targets", zero: "–", point: ".",
			row: "what the histories went through", number: "number",
			lessons: "Histories that once found something, made small and kept: **%d**. The command above lives them again; one alone tells every step.",
			lesson:  "what happens in it", steps: "steps", now: "violations now",
			went: map[string]string{"operations": "operations of people", "requests": "requests", "cycles": "cycles of synchronisation", "restores": "old backups brought back",
				"losses": "databases lost", "overtaken": "processes frozen and overtaken", "blind": "possible blind overwrites in RAYNET, told in the journal", "held": "copies held for a person",
				"residue": "creates in RAYNET repeated after an unknown outcome", "impatient": "requests to a service that had just asked for patience"},
		},
		"reliability.cs.md": {
			level: "úroveň", what: "co se prožilo", histories: "příběhů", bad: "s porušením", faults: "poruch", crashes: "pádů",
			command: "příkaz", commit: "verze", duration: "doba", checker: "slib", looked: "příběhů, kde bylo co ověřit",
			share: "podíl", defects: "Nasazené chyby: **%d z %d zachyceno**.", rule: "vynechané pravidlo", caught: "zachytil", after: "po kolika příbězích",
			redundant: "Vynechány bez následku, protože totéž pravidlo drží ještě něco jiného (nepočítají se): %s.", missed: "Nezachyceno: %s.",
			names: map[Level]string{Properties: "L0 vlastnosti rozhodování", Protocol: "L1 zápis, %d nehody", Engine: "L2 celý program",
				Processes: "L3 procesy", Fuzz: "cizí bajty", saved: "L2 uložené příběhy",
				varied: "L2 podobné uloženým"},
			sampled: ", náhodně", covered: "%.1f %% všech", seeds: "čísla %d až %d", twice: "%d dvakrát, %d jinak",
			cases: "%d případů", kills: "%d zabití, %d zmrazení a převzetí", inputs: "%d vstupů pro %d cílů", zero: "–", point: ",",
			row: "čím příběhy prošly", number: "počet",
			lessons: "Příběhy, které kdy něco našly, zmenšené a uchované: **%d**. Příkaz výše je prožije znovu; jediný z nich vypíše každý krok.",
			lesson:  "co se v něm děje (anglicky)", steps: "kroků", now: "porušení dnes",
			went: map[string]string{"operations": "činy lidí", "requests": "požadavky", "cycles": "cykly synchronizace", "restores": "vrácené staré zálohy",
				"losses": "ztracené databáze", "overtaken": "zmrazené a převzaté procesy", "blind": "možné přepsání naslepo v RAYNETu, uvedené v žurnálu", "held": "kopie odložené pro člověka",
				"residue": "opakovaná založení v RAYNETu po neznámém výsledku", "impatient": "požadavky na službu, která právě požádala o čekání"},
		},
	}
}

// phrases are the words of one language.
type phrases struct {
	level, what, histories, bad, faults, crashes, command, commit, duration string
	checker, looked, share, defects, rule, caught, after, redundant, missed string
	sampled, covered, seeds, twice, cases, kills, inputs, zero, point       string
	row, number, lessons, lesson, steps, now                                string
	names                                                                   map[Level]string
	went                                                                    map[string]string
}

// The reports as the tables need them.
type (
	counted struct {
		Histories int     `json:"histories"`
		Faults    int     `json:"faults"`
		Crashes   int     `json:"crashes"`
		Covered   float64 `json:"covered"`
	}
	protocolFigures struct {
		Depth      int     `json:"depth"`
		Total      counted `json:"total"`
		Violations []any   `json:"violations"`
	}
	processFigures struct {
		Kills      int      `json:"kills"`
		Stops      int      `json:"stops"`
		Faults     int      `json:"faults"`
		Violations []string `json:"violations"`
	}
	propertyFigures struct {
		Cases      int `json:"cases"`
		Violations int `json:"violations"`
	}
	fuzzFigures struct {
		Targets    int `json:"targets"`
		Executions int `json:"executions"`
		Findings   int `json:"findings"`
	}
	defectFigures struct {
		Caught  int      `json:"caught"`
		Of      int      `json:"of"`
		Missed  []string `json:"missed"`
		Defects []struct {
			Name      string `json:"name"`
			Rule      string `json:"rule"`
			CaughtBy  string `json:"caughtBy"`
			Checker   string `json:"checker"`
			Histories int    `json:"histories"`
			Redundant string `json:"redundant"`
		} `json:"defects"`
	}
)

// Render writes the tables that follow from all figures into the documents.
func Render(docs string) error {
	for name, words := range documents() { // any order: each is a file of its own
		path := filepath.Join(docs, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("write the figures: %w", err)
		}
		before, rest, begins := bytes.Cut(text, []byte(figuresBegin))
		_, after, ends := bytes.Cut(rest, []byte(figuresEnd))
		if !begins || !ends {
			return fmt.Errorf("%s: %w", path, ErrNoPlace)
		}
		tables, err := words.tables(docs)
		if err != nil {
			return err
		}
		text = slices.Concat(before, []byte(figuresBegin+"\n\n"+tables+"\n"+figuresEnd), after)
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // a document
			return fmt.Errorf("write the figures: %w", err)
		}
	}
	return nil
}

// tables are all tables of one language.
func (p phrases) tables(docs string) (string, error) {
	var b strings.Builder
	p.head(&b, p.level, p.what, p.histories, p.bad, p.faults, p.crashes, p.duration, p.commit)
	var commands []string
	line := func(s Stamp, level, what string, histories, bad, faults, crashes string) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", level, what, histories, bad, faults, crashes,
			(time.Duration(s.Seconds) * time.Second).String(), short(s.Commit))
		commands = append(commands, fmt.Sprintf("`%s` (%s, %d × %s, %s)", s.Command, s.Machine, s.Processors, s.Go, s.At.Format(time.DateOnly)))
	}
	if s, r, ok, err := read[propertyFigures](docs, string(Properties)); err != nil {
		return "", err
	} else if ok {
		line(s, p.names[Properties], fmt.Sprintf(p.cases, r.Cases), p.zero, strconv.Itoa(r.Violations), p.zero, p.zero)
	}
	if err := p.protocols(docs, line); err != nil {
		return "", err
	}
	engine, report, lived, err := read[simulator.Report](docs, string(Engine))
	if err != nil {
		return "", err
	}
	histories := func(s Stamp, level Level, r simulator.Report) {
		what := fmt.Sprintf(p.seeds, r.Seed, r.Seed+uint64(max(r.Histories, 1))-1) + "; " + fmt.Sprintf(p.twice, r.Twice, r.Different)
		line(s, p.names[level], what, strconv.Itoa(r.Histories), strconv.Itoa(r.Violations), strconv.Itoa(r.Faults), strconv.Itoa(r.Crashes))
	}
	if lived {
		histories(engine, Engine, report)
	}
	if s, r, ok, err := read[simulator.Report](docs, varied); err != nil {
		return "", err
	} else if ok {
		histories(s, varied, r)
	}
	kept, lessons, replayed, err := read[savedFigures](docs, saved)
	if err != nil {
		return "", err
	}
	if replayed {
		bad := 0
		for _, h := range lessons.Histories {
			bad += min(h.Violations, 1)
		}
		line(kept, p.names[saved], p.zero, strconv.Itoa(len(lessons.Histories)), strconv.Itoa(bad), p.zero, p.zero)
	}
	if s, r, ok, err := read[processFigures](docs, string(Processes)); err != nil {
		return "", err
	} else if ok {
		line(s, p.names[Processes], fmt.Sprintf(p.kills, r.Kills, r.Stops), p.zero, strconv.Itoa(len(r.Violations)), strconv.Itoa(r.Faults), strconv.Itoa(r.Kills))
	}
	if s, r, ok, err := read[fuzzFigures](docs, string(Fuzz)); err != nil {
		return "", err
	} else if ok {
		line(s, p.names[Fuzz], fmt.Sprintf(p.inputs, r.Executions, r.Targets), p.zero, strconv.Itoa(r.Findings), p.zero, p.zero)
	}
	fmt.Fprintf(&b, "\n%s: %s.\n", p.command, strings.Join(commands, "; "))
	if lived {
		p.engine(&b, report)
	}
	if replayed {
		p.found(&b, lessons)
	}
	err = p.seeded(&b, docs)
	return b.String(), err
}

// short is a commit as people name it; that there were changes beside it is kept.
func short(commit string) string {
	revision, changed, _ := strings.Cut(commit, " ")
	return strings.TrimSpace(revision[:min(12, len(revision))] + " " + changed)
}

// protocols adds the figures of every depth.
func (p phrases) protocols(docs string, line func(s Stamp, level, what, histories, bad, faults, crashes string)) error {
	files, err := filepath.Glob(filepath.Join(docs, figures, string(Protocol)+"-*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		s, r, ok, err := read[protocolFigures](docs, name)
		if err != nil || !ok {
			return err
		}
		level, what := fmt.Sprintf(p.names[Protocol], r.Depth), fmt.Sprintf(p.covered, 100*r.Total.Covered)
		if strings.HasSuffix(name, "sampled") {
			level, what = level+p.sampled, p.zero
		}
		line(s, level, what, strconv.Itoa(r.Total.Histories), strconv.Itoa(len(r.Violations)), strconv.Itoa(r.Total.Faults), strconv.Itoa(r.Total.Crashes))
	}
	return nil
}

// engine adds what histories of the whole engine went through, and for which invariants they had something to look at.
func (p phrases) engine(b *strings.Builder, r simulator.Report) {
	b.WriteString("\n")
	p.head(b, p.row, p.number)
	for _, one := range []struct {
		key   string
		count int
	}{{"operations", r.Operations}, {"cycles", r.Cycles}, {"requests", r.Requests}, {"restores", r.Restores}, {"losses", r.Losses},
		{"overtaken", r.Overtaken}, {"blind", r.Blind}, {"held", r.Held}, {"residue", r.Residue}, {"impatient", r.Impatient}} {
		fmt.Fprintf(b, "| %s | %d |\n", p.went[one.key], one.count)
	}
	b.WriteString("\n")
	p.head(b, p.checker, p.looked, p.share)
	for _, checker := range simulator.Checkers() {
		share := fmt.Sprintf("%.1f %%", 100*float64(r.Checked[checker])/float64(max(r.Histories, 1)))
		fmt.Fprintf(b, "| %s | %d | %s |\n", checker, r.Checked[checker], strings.Replace(share, ".", p.point, 1))
	}
}

// seeded adds which seeded defects were caught.
func (p phrases) seeded(b *strings.Builder, docs string) error {
	data, err := os.ReadFile(defectsFile(docs))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var r defectFigures
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		return fmt.Errorf("read the score of the seeded defects: %w", err)
	}
	fmt.Fprintf(b, "\n"+p.defects+"\n\n", r.Caught, r.Of)
	p.head(b, p.rule, p.caught, p.checker, p.after)
	var redundant []string
	for _, d := range r.Defects {
		switch {
		case d.Redundant != "":
			redundant = append(redundant, d.Name)
			continue
		case d.CaughtBy == "":
			continue
		}
		fmt.Fprintf(b, "| %s | %s | %s | %d |\n", strings.ReplaceAll(d.Rule, "|", "/"), d.Checker, d.CaughtBy, d.Histories)
	}
	if len(redundant) > 0 {
		fmt.Fprintf(b, "\n"+p.redundant+"\n", strings.Join(redundant, ", "))
	}
	if len(r.Missed) > 0 {
		fmt.Fprintf(b, "\n"+p.missed+"\n", strings.Join(r.Missed, ", "))
	}
	return nil
}

// head begins a table; all columns but the first two, or the first of two or three, hold numbers.
func (p phrases) head(b *strings.Builder, columns ...string) {
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
}
