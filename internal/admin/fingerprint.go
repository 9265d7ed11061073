package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// fingerprintOf is the same for two plans exactly if they would do the same, in whatever order users were planned.
func fingerprintOf(report Report) string {
	var lines []string
	for _, cycle := range report.Cycles {
		for _, step := range cycle.Planned {
			line, err := json.Marshal(step, json.Deterministic(true))
			if err != nil {
				line = []byte(err.Error()) // steps are plain values and always encode
			}
			lines = append(lines, string(line))
		}
		for _, halted := range cycle.Halted {
			lines = append(lines, "halted "+halted.User+" "+string(halted.Kind)+" "+halted.Reason)
		}
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
