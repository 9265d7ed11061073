package simulator

import (
	"fmt"

	"raynetsync/internal/app/stage"
	raynetemu "raynetsync/internal/remote/raynet/emulator"
)

// anybodys reports whether nothing tells what a record of ours was made from: it was made before the database was lost, and has no key. Other
// programs may work under our account in RAYNET, so it may be theirs as well.
func (w *world) anybodys(r thing) bool {
	if w.stats.Losses == 0 || len(stage.List(r.raw["extIds"])) > 0 {
		return false
	}
	for _, write := range w.raynet.History() {
		if write.Op == raynetemu.OpCreate && fmt.Sprint(write.ID) == r.ref.ID {
			return write.At.Before(w.memory.forgot)
		}
	}
	return false
}
