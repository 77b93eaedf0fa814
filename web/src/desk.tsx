import { AdminApp } from "./admin/AdminApp";
import { start } from "./ui/start";

void start(["common", "admin"], <AdminApp />);
