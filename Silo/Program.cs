return await Notify.Silo.Engine.SiloHost.RunAsync(args);
