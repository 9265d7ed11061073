package scenario
import ("testing";"os";"strings")
func TestZZ(t *testing.T){ b,_ := os.ReadFile(os.Getenv("STORY")); s,err := Parse(os.Getenv("STORY"),b); if err!=nil {t.Fatal(err)}; o,err := Run(t.Context(), s, t.TempDir()); if err!=nil {t.Errorf("%v\n%s",err,strings.Join(o.Trace,"\n"))}; if os.Getenv("LOG")!="" {t.Log(o.Log)} }
