package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"raynetsync/internal/store"
)

var queryPattern = regexp.MustCompile("(?s)const \\w+ = `-- name: (\\w+) :\\w+\n(.*?)`")

// Queries that may read a whole table, and why.
var scanning = map[string]string{
	"PruneLinks":    "once a night",
	"PruneRuns":     "by index",
	"OldestEntries": "in the order of the key, with a limit",
	"Runs":          "in the order of an index, with a limit",
	"Entries":       "in the order of the key, with a limit",
	"Accounts":      "as many as people who sign in",
	"Holdings":      "in the order of the key, with a limit",
	"UserStates":    "what it scans is one row per user",
	"Alerts":        "as many as things that need a person",
	"EventCounts":   "once a week",
}

// Queries that sort what they have found, because that is little by nature.
var sorting = map[string]string{
	"LinksOfRaynet": "one per pair", "LinksOfOutlook": "one per pair", "LinksOfSeries": "occurrences of one series",
	"LinksByTwin": "one per pair", "Intents": "open ones", "IntentsOfConnection": "open ones", "IntentsOfLink": "open ones", "WorkOfRef": "one per pair",
	"AsidesOfRef": "one per pair", "AsidesByNatural": "equal ones", "AsidesByTwin": "one per pair", "AsidesBySource": "equal ones",
	"Pairs": "as many as users", "UserPage": "as many as users", "TroubledPage": "as many as users", "UserStates": "four",
	"PairStops": "pairs that do not run", "WorkTotals": "what waits for a person", "WorkReasons": "a few reasons", "LateUsers": "as many as users",
	"LinkTotals": "a few for each pair", "PairWork": "work of one user",
	"EventCounts": "once a week", "ParkedFor": "as many as users", "PairsOfUser": "three",
	"StoppedPairs": "pairs that do not run", "NewestParked": "what was set aside", "PairsWithLinks": "as many as users", "PairsWithWork": "as many as users",
}

// No query may cost more the more is stored: each is found through an index, and what is paged is not sorted first.
func TestQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "sync.db"))
	queries := generatedQueries(t)
	if len(queries) < 55 {
		t.Fatalf("only %d queries were found in the generated package", len(queries))
	}
	for name, query := range queries {
		for _, step := range plan(t, s, query) {
			if strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" && scanning[name] == "" {
				t.Errorf("%s reads a whole table: %s", name, step)
			}
			if strings.Contains(step, "TEMP B-TREE") && sorting[name] == "" {
				t.Errorf("%s sorts: %s", name, step)
			}
		}
	}
	for _, allowed := range []map[string]string{scanning, sorting} {
		for name := range allowed {
			if queries[name] == "" {
				t.Errorf("there is no query %s any more", name)
			}
		}
	}
}

// generatedQueries returns the text of each query as it is run. // name -> SQL
func generatedQueries(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("db/*.sql.go")
	if err != nil || len(files) < 6 {
		t.Fatalf("generated files = %v, %v", files, err)
	}
	queries := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range queryPattern.FindAllStringSubmatch(string(source), -1) {
			queries[match[1]] = match[2]
		}
	}
	return queries
}

func plan(t *testing.T, s *store.Store, query string) []string {
	t.Helper()
	places := regexp.MustCompile(`\$\d+`).FindAllString(query, -1)
	slices.Sort(places)
	args := make([]any, len(slices.Compact(places)))
	rows, err := s.DB().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatalf("%v in %s", err, query)
	}
	defer rows.Close() //nolint:errcheck // only read
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return steps
}
