package archtest_test

import (
	"strings"
	"testing"
)

// layer says what a package may import of this module. A path ending in /... means the whole subtree.
type layer struct {
	path  string
	may   []string
	story string // why, for whoever broke it
}

// layers is the import graph of docs/architecture.md, from the bottom to the top. The longest path that fits a package counts.
func layers() []layer {
	words := []string{"internal/record/...", "internal/remote"}
	pure := "deciding must be readable and testable without a service, a database or a clock"
	client := "a client that knew the other client or the engine could decide; it only translates"
	emulator := "an emulator that shares code with the client repeats the client's mistakes instead of showing them"
	return []layer{
		{"internal/record", []string{"internal/record/..."}, "the canonical form knows nobody, so that everybody can know it"},
		{"internal/remote", []string{"internal/record"}, "the words for remote services know no service"},
		{"internal/remote/wire", words, "HTTP is shared by both clients and so knows neither"},
		{"internal/remote/chaos", nil, "the middleware of the emulators knows HTTP alone"},
		{"internal/remote/contract", nil, "the contracts are held against traffic, not against our types"},
		{"internal/remote/remotetest", append([]string{"internal/engine"}, words...), "the conformance suite knows what any side must do, not how one does it"},
		{"internal/remote/raynet", append([]string{"internal/remote/wire"}, words...), client},
		{"internal/remote/outlook", append([]string{"internal/remote/wire"}, words...), client},
		{"internal/remote/entra", append([]string{"internal/remote/wire"}, words...), client},
		{"internal/remote/vouch", nil, "who vouches for people knows their identity alone: no record, no mailbox, no role"},
		{"internal/remote/raynet/emulator", []string{"internal/remote/chaos", "internal/remote/raynet/emulator/..."}, emulator},
		{"internal/remote/outlook/emulator", []string{"internal/remote/chaos", "internal/remote/outlook/emulator/..."}, emulator},
		{"internal/engine/pair", []string{"internal/record/..."}, pure},
		{"internal/engine/journal", words, pure},
		{"internal/engine/change", append([]string{"internal/engine/pair", "internal/engine/journal"}, words...), pure},
		{"internal/engine/merge", append([]string{"internal/engine/pair", "internal/engine/journal", "internal/engine/change"}, words...), pure},
		{"internal/engine/plan", append([]string{"internal/engine/pair", "internal/engine/journal", "internal/engine/change", "internal/engine/merge"}, words...), pure},
		{"internal/engine/apply", append([]string{"internal/engine/pair", "internal/engine/journal", "internal/engine/change", "internal/engine/merge", "internal/engine/plan"}, words...), pure},
		{"internal/engine", append([]string{"internal/engine/..."}, words...), "the engine works for any two services over any store"},
		{"internal/feed", append([]string{"internal/engine/..."}, words...), "feeds say what changed; they know no database and no client"},
		{"internal/vault", nil, "the vault seals bytes and need not know what they mean"},
		{"internal/locale", words, "messages are rendered from codes, wherever those come from"},
		{"internal/config", []string{"internal/record/...", "internal/config"}, "settings are values; what they do is decided elsewhere"},
		{"internal/store", append([]string{"internal/engine/...", "internal/vault", "internal/store/...", "internal/feed", "internal/admin"}, words...),
			"the store keeps what others mean and calls nobody"},
		{"internal/alert", []string{"internal/locale"}, "how people are told is separate from what they are told"},
		{"internal/jobs", append([]string{"internal/engine/...", "internal/feed"}, words...), "when things run is separate from what they do and where it is kept"},
		{"internal/admin", append([]string{"internal/engine/...", "internal/feed", "internal/jobs", "internal/config", "internal/locale", "internal/vault",
			"internal/store", "internal/alert", "internal/remote/raynet", "internal/remote/outlook", "internal/remote/entra"}, words...),
			"use-cases are the same for web and command line and for both databases"},
		{"internal/web", append([]string{"internal/admin/...", "internal/web/...", "internal/config", "internal/locale"}, words...), "pages only render and parse"},
		{"internal/cli", append([]string{"internal/admin/...", "internal/cli/...", "internal/config", "internal/locale"}, words...), "commands only render and parse"},
		{"internal/app/company", []string{"internal/record/zone"}, "the believable company is data alone"},
		{"internal/app/stage", nil, "clock, wire and readers serve every play and know none"},
		{"internal/app", []string{"internal/..."}, "the only place where everything is wired together"},
		{"internal/archtest", nil, "rules read source text"},
		{"cmd/raynetsync", []string{"internal/app/...", "internal/cli/..."}, "main has signals and an exit status, no logic"},
	}
}

// checkLayers holds the imports of every package, without its tests, against the table.
func checkLayers(t *testing.T, m *module) {
	used := map[string]bool{}
	for _, p := range m.packages {
		rule, ok := layerOf(p.path)
		if !ok {
			t.Errorf("%s has no layer: add it to the table in layers_test.go with what it may import and why", p.path)
			continue
		}
		used[rule.path] = true
		for _, path := range internal(p.imports) {
			if !allowed(rule.may, path) {
				t.Errorf("%s imports %s. It may import only [%s], because %s", p.path, path, strings.Join(rule.may, " "), rule.story)
			}
		}
	}
	if len(used) < 10 {
		t.Errorf("the table of layers met %d of its packages, want at least 10: are its paths still right?", len(used))
	}
}

func layerOf(path string) (layer, bool) {
	best, ok := layer{}, false
	for _, candidate := range layers() {
		if within(path, candidate.path) && len(candidate.path) >= len(best.path) {
			best, ok = candidate, true
		}
	}
	return best, ok
}

func allowed(may []string, path string) bool {
	for _, pattern := range may {
		if root, subtree := strings.CutSuffix(pattern, "/..."); path == root || (subtree && within(path, root)) {
			return true
		}
	}
	return false
}

// TestLayersCanFail makes sure that the table forbids what it is there to forbid.
func TestLayersCanFail(t *testing.T) {
	t.Parallel()
	for _, forbidden := range [][2]string{
		{"internal/record", "internal/remote"}, {"internal/record/zone", "internal/config"}, {"internal/remote", "internal/engine"},
		{"internal/remote/raynet", "internal/remote/outlook"}, {"internal/remote/outlook", "internal/remote/raynet"},
		{"internal/remote/outlook", "internal/engine"}, {"internal/remote/outlook/emulator", "internal/remote/outlook"},
		{"internal/remote/raynet/emulator", "internal/remote"}, {"internal/engine/merge", "internal/engine/apply"},
		{"internal/engine/apply", "internal/remote/wire"}, {"internal/engine", "internal/store"}, {"internal/feed", "internal/store"},
		{"internal/jobs", "internal/store"}, {"internal/cli", "internal/store"}, {"internal/admin", "internal/remote/wire"},
		{"internal/admin", "internal/web"}, {"internal/web", "internal/store"}, {"internal/cli", "internal/engine"}, {"internal/cli", "internal/app"},
		{"internal/store", "internal/remote/outlook"}, {"cmd/raynetsync", "internal/store"}, {"internal/app/company", "internal/remote/raynet/emulator"},
	} {
		rule, ok := layerOf(forbidden[0])
		if !ok || allowed(rule.may, forbidden[1]) {
			t.Errorf("%s may import %s: the table has a hole", forbidden[0], forbidden[1])
		}
	}
}
