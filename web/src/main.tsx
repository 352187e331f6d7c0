import { render } from "preact";
import { App } from "./app";
import { store } from "./store";
import { initialLanguage, rememberLanguage } from "./strings";
import "./style.css";

rememberLanguage(initialLanguage());
render(<App />, document.getElementById("page") as HTMLElement);
void store.start();
